import { compute, images, networking } from "@pulumi/openstack";
import { RunError } from "@pulumi/pulumi";
import type { LabPlan } from "../plan/labPlan";
import type { FlavorSize } from "../plan/nodesJson";
import type { LabConfig } from "../plan/schema";

/** What the cloud has of what the lab refers to by name. */
export interface CloudFacts {
  readonly networks: Record<string, string>;
  readonly routers: Record<string, string>;
  readonly images: Record<string, string>;
  /** Ids. */
  readonly flavors: Record<string, string>;
  readonly flavorSizes: Record<string, FlavorSize>;
}

type Kind = "external network" | "network" | "router" | "image" | "flavor";

interface Wanted {
  readonly kind: Kind;
  readonly name: string;
  /** The configuration keys that ask for it. */
  readonly keys: string[];
}

type Found = { readonly id: string } & Partial<FlavorSize>;

/**
 * Looks up everything that the lab refers to by name, each name once, all side by side, before anything is
 * created.
 * @throws RunError naming everything that is missing, with the configuration key that asks for it.
 */
export async function lookUp(plan: LabPlan, config: LabConfig): Promise<CloudFacts> {
  const all = wanted(plan, config);
  const results = await Promise.allSettled(all.map(ask));
  const found: [Wanted, Found][] = [];
  const problems = new Set<string>();
  results.forEach((result, i) => {
    if (result.status === "fulfilled") found.push([all[i]!, result.value]);
    else problems.add(explain(all[i]!, result.reason));
  });
  if (problems.size > 0) {
    const list = [...problems].map((problem) => `  - ${problem}`).join("\n");
    throw new RunError(`The cloud cannot give this lab what it needs; nothing was created:\n${list}`);
  }
  const ids = (...kinds: Kind[]) =>
    Object.fromEntries(found.filter(([w]) => kinds.includes(w.kind)).map(([w, { id }]) => [w.name, id]));
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
  };
}

function wanted(plan: LabPlan, config: LabConfig): Wanted[] {
  const all = new Map<string, Wanted>();
  const want = (key: string, kind: Kind, name: string) => {
    const id = `${kind}\n${name}`;
    const known = all.get(id) ?? { kind, name, keys: [] };
    if (!known.keys.includes(key)) known.keys.push(key);
    all.set(id, known);
  };
  if (plan.undercloud.floatingIp || plan.router?.kind === "create")
    want("publicNetwork", "external network", plan.publicNetwork);
  if (plan.access.kind === "existing") want("access.network", "network", plan.access.name);
  if (plan.router?.kind === "existing") want("access.router", "router", plan.router.name);
  for (const network of plan.networks) {
    const index = config.networks.findIndex(({ name }) => name === network.key);
    if (network.kind === "existing") want(`networks[${index}].network`, "network", network.name);
  }
  for (const kind of ["disk", "iso"] as const) {
    const image = plan.images[kind];
    if (image?.kind === "existing") want(`images.${kind}.name`, "image", image.name);
  }
  const servers = [
    { key: "undercloud", server: plan.undercloud },
    ...(plan.bmc ? [{ key: "bmc", server: plan.bmc }] : []),
    ...plan.nodes.map((node) => ({
      key: `nodes[${config.nodes.findIndex(({ name }) => name === node.group)}]`,
      server: node,
    })),
  ];
  for (const { key, server } of servers) {
    want(`${key}.flavor`, "flavor", server.flavor);
    if (server.image) want(`${key}.image`, "image", server.image);
  }
  return [...all.values()];
}

function ask({ kind, name }: Wanted): Promise<Found> {
  switch (kind) {
    case "external network":
      return networking.getNetwork({ name, external: true });
    case "network":
      return networking.getNetwork({ name });
    case "router":
      return networking.getRouter({ name });
    case "image":
      return images.getImage({ name });
    case "flavor":
      return compute.getFlavor({ name });
  }
}

const list: Record<Kind, string> = {
  "external network": "openstack network list --external",
  network: "openstack network list",
  router: "openstack router list",
  image: "openstack image list",
  flavor: "openstack flavor list",
};

/** The provider's words for "not there" and "several", as of 1.54.1 and 3.4.0 (data_source_openstack_*.go). */
function explain({ kind, name, keys }: Wanted, error: unknown): string {
  const key = keys.map((k) => `ovb:${k}`).join(", ");
  const text = String(error instanceof Error ? error.message : error);
  if (/no results|no router found|no flavor found/i.test(text)) {
    return `${key} '${name}': this cloud has no such ${kind}, or does not show it to you. \`${list[kind]}\` shows what there is.`;
  }
  if (/more than one/i.test(text)) {
    return `${key} '${name}': more than one ${kind} has this name, see \`${list[kind]}\`. Rename one, or use another.`;
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
