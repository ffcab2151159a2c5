import { listServersDetail, type Server } from "../../openstack/nova";
import type { Session } from "../../openstack/session";
import type { LabPlan } from "../../plan/lab/labPlan";
import { roleTag } from "../../plan/lab/tags";
import { bullets } from "../../plan/problemsError";
import { tokens } from "../../plan/review/resource";
import { tenantInventory } from "../../tenant/inventory";
import { whereabouts } from "../command/confirm";
import type { LabStack } from "../stack/labStack";
import { stackState } from "../stack/stackState";
import { nameOf, type StateResource } from "../stack/stateFile";
import { clearRouterInterfaces } from "./routerInterfaces";

/**
 * What is looked for: kinds that have an id of their own in a list of the project. Rules and routes go with
 * what they are of; an association has the id of its floating IP, and the provider fails at deleting one whose
 * floating IP is gone. Application credentials are their user's, and another user of the project does not see them.
 */
const kinds = [
  ...(["server", "port", "subnet", "network", "router", "router interface"] as const),
  ...(["security group", "floating IP", "association", "image"] as const),
];
const kindOf = new Map<string, string>(kinds.map((kind) => [tokens[kind], kind]));

/** Parts of what is listed. */
const parts: readonly string[] = [tokens.association, tokens.rule, tokens.route];

/** A resource of the state with the URNs of what it was made of. */
type Made = StateResource & { readonly dependencies?: readonly string[] };

/**
 * Before an `up`: takes out of the state what somebody has deleted on the cloud, so that it is made again. Pulumi itself
 * does not look: it would find nothing to do, or fail at what needs the server that is not there.
 * @param ending before a `destroy`: nothing is made again, so that nothing is refused; it would fail at what is gone
 * @param plan what is to be made
 * @throws Error where making it again would take a living server's disk, or where nothing of the state is in this project
 */
export async function forgetGone(
  stack: LabStack,
  session: Session,
  report: (line: string) => void,
  { ending = false, plan }: { readonly ending?: boolean; readonly plan?: LabPlan } = {},
): Promise<void> {
  const made: readonly Made[] = (await stackState(stack)).made;
  const looked = made.filter(({ type }) => kindOf.has(type));
  if (looked.length === 0) return;
  const [inventory, servers] = await Promise.all([tenantInventory(session), listServersDetail(session)]);
  const cleared = await clearRouterInterfaces(session, looked, inventory, ending ? undefined : plan, report);
  const there = new Set(inventory.map(({ id }) => id).filter((id) => !cleared.has(id)));
  const gone = looked.filter(({ id }) => !there.has(id!));
  if (gone.length === looked.length && !ending)
    throw new Error(
      `Nothing that the stack ${stack.name} has made (${looked.length} resources) is in ${await whereabouts(session)}: ` +
        "is this the lab's tenant? If all of it was deleted there, `npx ovb pulumi -- refresh --yes` forgets it.",
    );
  if (!ending) sayBroken(looked, servers, report);
  if (gone.length === 0) return;
  if (!ending) refuseLoss(looked, gone);
  const next = ending ? "" : ": making it again";
  for (const one of gone) report(`the ${labelOf(one)} is gone from the cloud${next}`);
  const lost = new Set(gone.map(({ urn }) => urn));
  const lostParts = made.filter(
    ({ type, dependencies = [] }) => parts.includes(type) && dependencies.some((urn) => lost.has(urn)),
  );
  const targets = [...gone, ...lostParts].flatMap(({ urn }) => ["--target", urn]);
  await stack.pulumi(["refresh", "--yes", "--skip-preview", "--non-interactive", ...targets]);
}

/** Pulumi cannot put a new port into a server that is there: it replaces the server, and the disk with it. */
function refuseLoss(looked: readonly Made[], gone: readonly Made[]): void {
  const lost = new Set(gone.map(({ urn }) => urn));
  const servers = looked.filter(({ urn, type }) => type === tokens.server && !lost.has(urn));
  const problems = servers.flatMap((server) => {
    const ports = gone.filter(({ urn, type }) => type === tokens.port && server.dependencies?.includes(urn));
    return ports.map((port) => ({ server: nameOf(server), port }));
  });
  if (problems.length === 0) return;
  const list = bullets(problems.map(({ server, port }) => `${labelOf(port)}, of the server ${server}`));
  const targets = problems.map(({ port }) => ` --target '${port.urn}'`).join("");
  throw new Error(
    `Gone from the cloud, and a new one would take a new server, with an empty disk:\n${list}\n` +
      "Nothing was changed. To have it so, forget the ports first, then run the same command again:\n" +
      `  npx ovb pulumi -- refresh --yes${targets}`,
  );
}

/** A server in ERROR is there, so that Pulumi sees nothing to do. */
function sayBroken(
  looked: readonly Made[],
  servers: readonly Server[],
  report: (line: string) => void,
): void {
  const broken = new Map(servers.filter(({ status }) => status === "ERROR").map((one) => [one.id, one]));
  for (const resource of looked) {
    const server = broken.get(resource.id!);
    if (!server) continue;
    const why = server.fault ? `: ${server.fault.message}` : "";
    const way = server.tags.includes(roleTag("node"))
      ? `npx ovb rebuild ${server.name}`
      : `npx ovb pulumi -- up --replace '${resource.urn}'`;
    report(`the server ${server.name} is in ERROR${why}; \`${way}\` puts it back, with an empty disk`);
  }
}

function labelOf(resource: Made): string {
  return `${kindOf.get(resource.type)} ${nameOf(resource)}`;
}
