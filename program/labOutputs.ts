import { type Output, output, secret } from "@pulumi/pulumi";
import type { IronicOutput } from "../components/ironicAccess";
import type { NodeOutput, UndercloudOutput, VirtualBaremetalLab } from "../components/virtualBaremetalLab";
import { instackenv } from "../plan/inventory/instackenv";
import { type Inventory, labInventory } from "../plan/inventory/inventory";
import type { LabKey } from "../plan/lab/labKey";
import type { LabPlan } from "../plan/lab/labPlan";
import type { CloudFacts } from "./lookUp";

/** What the stack shows of its lab. The names are an interface: commands and other stacks read them. */
export interface LabOutputs {
  undercloud: UndercloudOutput;
  /** Absent in a lab without a BMC. */
  bmc?: { address: string };
  /** Absent without an Ironic on the undercloud. */
  ironic?: IronicOutput;
  /** The lab's own SSH key, for `npx ovb ssh`; secret. Absent in a lab without a BMC. */
  ssh?: Output<LabKey>;
  /** By the server's name. */
  nodes: Record<string, NodeOutput>;
  /** Everything that an installer asks of the nodes; secret, as the BMCs' password is in there. */
  inventory: Output<Inventory>;
  /** The same as TripleO's instackenv.json; secret. */
  nodesJson: Output<string>;
  provisioning: { cidr: string; mtu: number; bootUrl: string };
}

export function labOutputs(
  plan: LabPlan,
  { flavorSizes: flavors }: CloudFacts,
  lab: VirtualBaremetalLab,
): LabOutputs {
  const known = {
    undercloudFloatingIp: lab.undercloud.floatingIp,
    undercloudAccessAddress: lab.undercloud.accessAddress,
    macs: lab.macs,
    bmcPassword: lab.bmcPassword,
  };
  const inventory = secret(output(known).apply((facts) => labInventory(plan, { flavors, ...facts })));
  return {
    undercloud: lab.undercloud,
    ...(lab.bmc && { bmc: lab.bmc }),
    ...(lab.ironic && { ironic: lab.ironic }),
    ...(lab.key && { ssh: secret(lab.key) }),
    nodes: lab.nodes,
    inventory,
    nodesJson: inventory.apply((nodes) => instackenv(nodes, { driver: "ipmi" })),
    provisioning: { cidr: plan.ctlplane.subnet.cidr, mtu: plan.ctlplane.mtu, bootUrl: plan.ctlplane.bootUrl },
  };
}
