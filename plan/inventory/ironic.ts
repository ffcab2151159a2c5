import type { Dialect } from "./dialect";
import { driverInfo, hardwareType } from "./driverInfo";
import { capabilities } from "./instackenv";

/** What `baremetal create FILE` of python-ironicclient reads: nodes with their ports, as Ironic's API takes them. */
export const ironic: Dialect = (inventory, { driver }) => {
  const nodes = inventory.nodes.map((node) => ({
    name: node.name,
    driver: hardwareType(inventory, driver),
    driver_info: driverInfo(inventory, node, driver),
    resource_class: "baremetal",
    properties: {
      cpu_arch: "x86_64",
      cpus: node.vcpus,
      memory_mb: node.memoryMiB,
      local_gb: node.diskGiB,
      capabilities: capabilities(node).join(",") || undefined,
    },
    ports: node.ports.map(({ mac, network }, i) => ({
      address: mac,
      pxe_enabled: i === 0,
      physical_network: network,
    })),
  }));
  return `${JSON.stringify({ nodes }, null, 2)}\n`;
};
