import type { BmcPlan, Firmware, LabPlan, NodePlan } from "../lab/labPlan";

/** What a flavor gives a node. */
export interface FlavorSize {
  readonly vcpus: number;
  /** MiB. */
  readonly ram: number;
  /** GiB; 0: as large as the image. */
  readonly disk: number;
}

/**
 * The lab's machines as whoever installs something on them needs to know them. Made by labInventory(), kept as a
 * secret output of the stack, and written in one dialect or another by the functions beside this file.
 */
export interface Inventory {
  readonly lab: string;
  readonly undercloud: InventoryHost;
  /** Absent in a lab without a BMC. */
  readonly bmc?: InventoryBmc;
  /** In the order of the plan. */
  readonly nodes: readonly InventoryNode[];
}

export interface InventoryHost {
  readonly name: string;
  /** On the ctlplane. */
  readonly address: string;
  readonly floatingIp?: string;
  /** On the access network. */
  readonly accessAddress?: string;
}

export interface InventoryBmc extends InventoryHost {
  /** Of every node's BMC. */
  readonly username: string;
  readonly password: string;
  /** Scheme, address and port, such as https://192.0.2.241:8443. Absent: it speaks no Redfish. */
  readonly redfishUrl?: string;
}

export interface InventoryNode {
  readonly name: string;
  /** GROUP-INDEX. */
  readonly key: string;
  readonly group: string;
  /** TripleO's: what kind of machine the node is to become. */
  readonly profile?: string;
  /** On the ctlplane. */
  readonly address: string;
  /** The first is the one that it boots from. */
  readonly ports: readonly InventoryPort[];
  readonly vcpus: number;
  readonly memoryMiB: number;
  /** Absent where the flavor leaves it to the image. */
  readonly diskGiB?: number;
  /** Absent where the node has an image of the cloud, whose firmware nobody said. */
  readonly firmware?: Firmware;
  /** Where its IPMI answers. Absent in a lab without a BMC. */
  readonly ipmi?: { readonly address: string; readonly port: number };
  /** Its path below the BMC's redfishUrl. Absent in a lab without a BMC. */
  readonly redfishSystem?: string;
}

export interface InventoryPort {
  /** "ctlplane", or the key of an extra network. */
  readonly network: string;
  readonly mac: string;
}

/** What a plan does not know. */
export interface InventoryFacts {
  /** The size of each flavor that a node has, by name. */
  readonly flavors: Readonly<Record<string, FlavorSize>>;
  readonly undercloudFloatingIp?: string;
  readonly undercloudAccessAddress?: string;
  /** MACs that the cloud chose, by the port's name: those of NICs on networks of others. */
  readonly macs: Readonly<Record<string, string>>;
  /** Required in a lab with a BMC. */
  readonly bmcPassword?: string;
}

/**
 * The same plan and facts give the same inventory.
 * @throws Error naming the flavor, the port or the password that the facts lack.
 */
export function labInventory(plan: LabPlan, facts: InventoryFacts): Inventory {
  const { name: lab, undercloud, bmc } = plan;
  return {
    lab,
    undercloud: {
      name: undercloud?.name ?? `${lab}-undercloud`,
      address: plan.ctlplane.server,
      ...(facts.undercloudFloatingIp !== undefined && { floatingIp: facts.undercloudFloatingIp }),
      ...(facts.undercloudAccessAddress !== undefined && { accessAddress: facts.undercloudAccessAddress }),
    },
    ...(bmc && { bmc: inventoryBmc(bmc, facts.bmcPassword) }),
    nodes: plan.nodes.map((node) => inventoryNode(plan, node, facts)),
  };
}

function inventoryBmc(
  { name, address, username, redfish }: BmcPlan,
  password: string | undefined,
): InventoryBmc {
  if (password === undefined) throw new Error(`The password of ${name} is not known`);
  const { httpPort, httpsPort } = redfish;
  return {
    ...{ name, address, username, password },
    ...(httpsPort !== undefined
      ? { redfishUrl: `https://${address}:${httpsPort}` }
      : httpPort !== undefined && { redfishUrl: `http://${address}:${httpPort}` }),
  };
}

function inventoryNode(plan: LabPlan, node: NodePlan, facts: InventoryFacts): InventoryNode {
  const size = Object.hasOwn(facts.flavors, node.flavor) ? facts.flavors[node.flavor] : undefined;
  if (!size) throw new Error(`The size of flavor "${node.flavor}" of node ${node.name} is not known`);
  const { disk } = plan.images;
  const firmware = node.image === undefined && disk.kind !== "existing" ? disk.firmware : undefined;
  return {
    name: node.name,
    key: node.key,
    group: node.group,
    ...(node.profile !== undefined && { profile: node.profile }),
    address: node.address,
    ports: node.ports.map(({ name, network, mac }) => {
      const known = mac ?? facts.macs[name];
      if (known === undefined) throw new Error(`The MAC of port ${name} is not known`);
      return { network, mac: known };
    }),
    vcpus: size.vcpus,
    memoryMiB: size.ram,
    ...(size.disk > 0 && { diskGiB: size.disk }),
    ...(firmware && { firmware }),
    ...(node.ipmiAddress !== undefined && {
      ipmi: { address: node.ipmiAddress, port: node.ipmiPort },
      redfishSystem: `/redfish/v1/Systems/${node.key}`,
    }),
  };
}
