import type { LabPlan, NodePlan } from "./labPlan";

/** What a flavor gives a node. */
export interface FlavorSize {
  readonly vcpus: number;
  /** MiB. */
  readonly ram: number;
  /** GiB. */
  readonly disk: number;
}

/**
 * The lab's nodes as `openstack overcloud node import` and Ironic's tools read them (instackenv.json), in the
 * order of the plan. Same plan and flavors, same text.
 * @param flavors the size of each flavor that a node has, by name.
 * @throws Error naming the flavor that is not among them.
 */
export function nodesJson(plan: LabPlan, flavors: Readonly<Record<string, FlavorSize>>): string {
  const nodes = plan.nodes.map((node) => {
    const size = Object.hasOwn(flavors, node.flavor) ? flavors[node.flavor] : undefined;
    if (!size) throw new Error(`The size of flavor "${node.flavor}" of node ${node.name} is not known`);
    return {
      name: node.name,
      arch: "x86_64",
      cpu: size.vcpus,
      memory: size.ram,
      disk: size.disk,
      ports: [{ address: node.mac, physical_network: "ctlplane" }],
      ...(node.ipmiAddress && { pm_type: "ipmi", pm_addr: node.ipmiAddress, pm_port: node.ipmiPort }),
      capabilities: capabilities(plan, node),
    };
  });
  return `${JSON.stringify({ nodes }, null, 2)}\n`;
}

/** boot_mode is said where it is known: an image of the cloud has a firmware that this program did not choose. */
function capabilities(plan: LabPlan, node: NodePlan): string {
  const { disk } = plan.images;
  const ours = node.image === undefined && disk.kind !== "existing";
  return ["boot_option:local", ...(ours ? [`boot_mode:${disk.firmware}`] : [])].join(",");
}
