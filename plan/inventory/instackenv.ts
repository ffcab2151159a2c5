import type { Dialect } from "./dialect";
import { driverInfo, hardwareType } from "./driverInfo";
import type { Inventory, InventoryNode } from "./inventory";

/** tripleo-common's short names of what every driver has; other fields go by Ironic's (tripleo_common/utils/nodes.py). */
const shortNames: Readonly<Record<string, string>> = {
  ipmi_address: "pm_addr",
  ipmi_port: "pm_port",
  ipmi_username: "pm_user",
  ipmi_password: "pm_password",
  redfish_address: "pm_addr",
  redfish_system_id: "pm_system_id",
  redfish_username: "pm_user",
  redfish_password: "pm_password",
};

/** instackenv.json, or nodes.json: what `openstack overcloud node import` reads. */
export const instackenv: Dialect = (inventory, { driver, legacyMac }) => {
  const nodes = inventory.nodes.map((node) => ({
    name: node.name,
    arch: "x86_64",
    cpu: node.vcpus,
    memory: node.memoryMiB,
    disk: node.diskGiB,
    ...ports(node, legacyMac),
    pm_type: hardwareType(inventory, driver),
    ...powerManagement(inventory, node, driver),
    capabilities: ["boot_option:local", ...capabilities(node)].join(","),
  }));
  return `${JSON.stringify({ nodes }, null, 2)}\n`;
};

/** tripleo-common 9 (Rocky) brought `ports` and refuses `mac`; 8 knows `mac` only. */
function ports(node: InventoryNode, legacyMac: boolean | undefined): object {
  if (legacyMac) return { mac: node.ports.slice(0, 1).map(({ mac }) => mac) };
  return { ports: node.ports.map(({ mac, network }) => ({ address: mac, physical_network: network })) };
}

function powerManagement(...[inventory, node, driver]: Parameters<typeof driverInfo>): object {
  const info = Object.entries(driverInfo(inventory, node, driver));
  return Object.fromEntries(info.map(([name, value]) => [shortNames[name] ?? name, value]));
}

/** Those that follow from the plan, as NAME:VALUE. */
export function capabilities({ firmware, profile }: Inventory["nodes"][number]): string[] {
  return [...(firmware ? [`boot_mode:${firmware}`] : []), ...(profile ? [`profile:${profile}`] : [])];
}
