import type { LabPlan } from "./labPlan";
import type { LabConfig } from "./schema/configSchema";

export type ReferenceKind = "external network" | "network" | "router" | "image" | "flavor";

/** Something of the cloud that the lab names and does not make. */
export interface Reference {
  readonly kind: ReferenceKind;
  readonly name: string;
  /** The configuration keys that ask for it, without their prefix: "nodes[0].flavor". */
  readonly keys: readonly string[];
}

/** Everything of the cloud that the lab refers to by name, each kind and name once. */
export function references(plan: LabPlan, config: LabConfig): Reference[] {
  const all = new Map<string, Reference & { keys: string[] }>();
  const want = (key: string, kind: ReferenceKind, name: string) => {
    const id = `${kind}\n${name}`;
    const known = all.get(id) ?? { kind, name, keys: [] };
    if (!known.keys.includes(key)) known.keys.push(key);
    all.set(id, known);
  };
  if (plan.undercloud?.floatingIp || plan.router?.kind === "create")
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
    ...(plan.undercloud ? [{ key: "undercloud", server: plan.undercloud }] : []),
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

/** What shows a user the things of a kind that the cloud has. */
export const listCommands: Readonly<Record<ReferenceKind, string>> = {
  "external network": "openstack network list --external",
  network: "openstack network list",
  router: "openstack router list",
  image: "openstack image list",
  flavor: "openstack flavor list",
};
