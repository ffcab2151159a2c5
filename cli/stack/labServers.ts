import { listServersDetail, type Server } from "../../openstack/nova";
import type { Session } from "../../openstack/session";
import type { LabPlan, NodePlan, ServerPlan } from "../../plan/lab/labPlan";
import { serversOf, shortName } from "../../plan/lab/servers";
import { labTag } from "../../plan/lab/tags";
import { type Claim, checkClaim } from "../../tenant/claim";
import { serverResource } from "../../tenant/inventory";
import { markOf } from "../../tenant/whose";
import type { StackChoice } from "./environment";
import { stackClaim } from "./ownState";

/**
 * The servers of the stack's lab on the cloud by name. Those of another lab never, whatever their names are.
 * @throws ForeignLab where the lab of that name is another stack's
 */
export async function ownServers(
  session: Session,
  { name: lab }: Pick<LabPlan, "name">,
  choice: StackChoice,
  signal?: AbortSignal,
): Promise<Map<string, Server>> {
  return labServers(session, await stackClaim(choice, lab), signal);
}

/** The same for whom the claim is proved already. */
export async function labServers(
  session: Session,
  claim: Claim,
  signal?: AbortSignal,
): Promise<Map<string, Server>> {
  const { lab } = claim;
  const tagged = await listServersDetail(session, { tags: [labTag(lab)] }, signal);
  // Whoever copied one tag of a lab's has made nothing of the lab.
  const servers = tagged.filter((server) => markOf(serverResource(server))?.lab === lab);
  checkClaim(servers.map(serverResource), claim);
  const found = new Map<string, Server>();
  for (const server of servers) {
    const other = found.get(server.name);
    if (other) {
      throw new Error(
        `The lab ${lab} has two servers called ${server.name} (${other.id}, ${server.id}): delete the one that is not in ` +
          "`npx ovb pulumi -- stack output nodes`.",
      );
    }
    found.set(server.name, server);
  }
  return found;
}

/** A planned server and what there is of it. */
export interface LabServer<Plan extends ServerPlan = ServerPlan> {
  /** "node-0", "undercloud", "bmc". */
  readonly key: string;
  readonly plan: Plan;
  readonly server: Server;
}

/** @throws Error naming every planned server of these that is not on the cloud */
export function onCloud<Plan extends ServerPlan>(
  lab: LabPlan,
  plans: readonly Plan[],
  servers: ReadonlyMap<string, Server>,
): LabServer<Plan>[] {
  const found: LabServer<Plan>[] = [];
  const missing: string[] = [];
  for (const plan of plans) {
    const key = shortName(lab, plan);
    const server = servers.get(plan.name);
    if (server) found.push({ key, plan, server });
    else missing.push(key);
  }
  if (missing.length > 0) {
    throw new Error(
      `Planned and not on the cloud: ${missing.join(", ")}. \`npx ovb up\` makes what is missing.`,
    );
  }
  return found;
}

/**
 * The nodes of these names, in the order of the plan.
 * @param names with the lab's name in front or without; none: all of them
 * @throws Error naming all that the plan does not have, and those that it has
 */
export function chooseNodes(plan: LabPlan, names: readonly string[]): readonly NodePlan[] {
  return names.length === 0 ? plan.nodes : choose(plan, plan.nodes, names);
}

/** The same for one server of any role. */
export function chooseServer(plan: LabPlan, name: string): ServerPlan {
  return choose(plan, serversOf(plan), [name])[0]!;
}

function choose<Plan extends ServerPlan>(
  lab: LabPlan,
  all: readonly Plan[],
  names: readonly string[],
): Plan[] {
  const is = (plan: Plan, name: string) => plan.name === name || shortName(lab, plan) === name;
  const unknown = names.filter((name) => !all.some((plan) => is(plan, name)));
  if (unknown.length > 0) {
    const known = all.map((plan) => shortName(lab, plan)).join(", ") || "none";
    throw new Error(`The lab ${lab.name} has no ${unknown.join(", ")}; it has: ${known}.`);
  }
  return all.filter((plan) => names.some((name) => is(plan, name)));
}

/** Of the undercloud or the BMC, from outside: the floating IP, or on a cloud without those the address on the access network. */
export function outsideAddress({ ctlplane }: LabPlan, { addresses }: Server): string | undefined {
  const all = Object.values(addresses).flat();
  const floating = all.find((one) => one["OS-EXT-IPS:type"] === "floating")?.addr;
  // By what it is not: an existing access network may be planned by its id, and Nova names networks.
  const outer = Object.keys(addresses).filter((network) => network !== ctlplane.name);
  return floating ?? outer.map((network) => fixedAddress({ addresses }, network)).find(Boolean);
}

/** IPv4, by the network's name. */
export function fixedAddress({ addresses }: Pick<Server, "addresses">, network: string): string | undefined {
  const on = addresses[network] ?? [];
  return on.find((one) => one["OS-EXT-IPS:type"] === "fixed" && one.version === 4)?.addr;
}
