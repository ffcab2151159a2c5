import { compute, images, networking } from "@pulumi/openstack";
import { RunError } from "@pulumi/pulumi";
import { openstackPlugin } from "../openstack/plugin";
import type { FlavorSize } from "../plan/inventory/inventory";
import type { LabPlan } from "../plan/lab/labPlan";
import { listCommands, type Reference, type ReferenceKind, references } from "../plan/lab/references";
import type { LabConfig } from "../plan/lab/schema/configSchema";
import { bullets } from "../plan/problemsError";

/** What the cloud has of what the lab refers to, by the word that the configuration has for it: name or id. */
export interface CloudFacts {
  readonly networks: Record<string, string>;
  readonly routers: Record<string, string>;
  readonly images: Record<string, string>;
  /** Ids. */
  readonly flavors: Record<string, string>;
  readonly flavorSizes: Record<string, FlavorSize>;
  /** Of the external network, as the provider finds the pool of a floating IP by its name alone. */
  readonly publicNetwork: string;
}

type Found = { readonly id: string; readonly name?: string } & Partial<FlavorSize>;

/**
 * Looks up everything that the lab refers to by name or id, each once, all side by side, before anything is
 * created.
 * @throws RunError naming everything that is missing, with the configuration key that asks for it.
 */
export async function lookUp(plan: LabPlan, config: LabConfig): Promise<CloudFacts> {
  const all = references(plan, config);
  const results = await Promise.allSettled(all.map(ask));
  const found: [Reference, Found][] = [];
  const problems = new Set<string>();
  results.forEach((result, i) => {
    if (result.status === "fulfilled") found.push([all[i]!, result.value]);
    else problems.add(explain(all[i]!, result.reason));
  });
  if (problems.size > 0) {
    const head = "The cloud cannot give this lab what it needs; nothing was created:";
    throw new RunError(`${head}\n${bullets(problems)}`);
  }
  const ids = (...kinds: ReferenceKind[]) =>
    Object.fromEntries(
      found.filter(([reference]) => kinds.includes(reference.kind)).map(([{ name }, { id }]) => [name, id]),
    );
  return {
    networks: ids("external network", "network"),
    routers: ids("router"),
    images: ids("image"),
    flavors: ids("flavor"),
    flavorSizes: Object.fromEntries(
      found
        .filter(([w]) => w.kind === "flavor")
        .map(([w, { vcpus = 0, ram = 0, disk = 0 }]) => [w.name, { vcpus, ram, disk }]),
    ),
    publicNetwork: found.find(([{ kind }]) => kind === "external network")?.[1].name ?? plan.publicNetwork,
  };
}

/** What OpenStack makes as an id; a flavor's may be any text. */
const uuid = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/** By what it looks like first, and then by the other: a name may look like an id, and a flavor's id like a name. */
async function ask(reference: Reference): Promise<Found> {
  const { kind, name } = reference;
  const ways = kind === "flavor" || !uuid.test(name) ? [byName, byId] : [byId, byName];
  try {
    return await ways[0]!(reference);
  } catch (error) {
    const mayBeOther = kind === "flavor" || uuid.test(name);
    if (!mayBeOther || !/no results|found/i.test(String(error instanceof Error ? error.message : error)))
      throw error;
    return await ways[1]!(reference).catch(() => {
      throw error;
    });
  }
}

function byName({ kind, name }: Reference): Promise<Found> {
  switch (kind) {
    case "external network":
      return networking.getNetwork({ name, external: true }, openstackPlugin);
    case "network":
      return networking.getNetwork({ name }, openstackPlugin);
    case "router":
      return networking.getRouter({ name }, openstackPlugin);
    case "image":
      return images.getImage({ name }, openstackPlugin);
    case "flavor":
      return compute.getFlavor({ name }, openstackPlugin);
  }
}

async function byId({ kind, name: id }: Reference): Promise<Found> {
  switch (kind) {
    case "external network":
      return networking.getNetwork({ networkId: id, external: true }, openstackPlugin);
    case "network":
      return networking.getNetwork({ networkId: id }, openstackPlugin);
    case "router":
      return networking.getRouter({ routerId: id }, openstackPlugin);
    case "image":
      return { id }; // the provider's look-up knows no ids; requirements.ts has looked
    case "flavor":
      return compute.getFlavor({ flavorId: id }, openstackPlugin);
  }
}

const notThere = /no results|no router found|no flavor found/i;

/** The provider's words for "not there" and "several", as of 3.4.0 (data_source_openstack_*.go). */
function explain({ kind, name, keys }: Reference, error: unknown): string {
  const key = keys.map((k) => `ovb:${k}`).join(", ");
  const text = String(error instanceof Error ? error.message : error);
  if (notThere.test(text)) {
    return `${key} '${name}': this cloud has no such ${kind}, or does not show it to you. \`${listCommands[kind]}\` shows what there is.`;
  }
  if (/more than one/i.test(text)) {
    return `${key} '${name}': more than one ${kind} has this name, see \`${listCommands[kind]}\`. Give the id of the one that you mean, or use another.`;
  }
  // The same for every look-up, so it comes out once: no keys in it.
  return `${reason(text)}. Is the API reachable and are the credentials right? \`openstack token issue\` with the same environment tells.`;
}

/** The provider's own sentence without what engine, bridge and the provider's clients wrap around it. */
function reason(text: string): string {
  const wrapping = /^.*?(\* |returned an error: |invoking [\w:/]+: |Error creating OpenStack \w+ client: )/s;
  let rest = text;
  while (wrapping.test(rest)) rest = rest.replace(wrapping, "");
  return rest.replace(/\s+/g, " ").trim().replace(/\.$/, "");
}
