import { stringify } from "yaml";
import type { Dialect } from "./dialect";
import type { Inventory, InventoryNode } from "./inventory";

/**
 * A YAML inventory for Ansible: groups undercloud, bmc and nodes, the latter with a group `nodes_GROUP` for each of the
 * lab's. What is on the ctlplane is reached through the undercloud, by its floating IP, or on a cloud without those by its address on the access network.
 */
export const ansible: Dialect = (inventory, { sshUser }) => {
  const { undercloud, bmc } = inventory;
  const user = sshUser === undefined ? {} : { ansible_user: sshUser };
  const entrance = undercloud.floatingIp ?? undercloud.accessAddress ?? undercloud.address;
  const login = sshUser === undefined ? entrance : `${sshUser}@${entrance}`;
  const inside = { ansible_ssh_common_args: `-o ProxyJump=${login}` };
  const groups = [...new Set(inventory.nodes.map(({ group }) => group))];
  const all = {
    vars: { ovb_lab: inventory.lab },
    children: {
      undercloud: {
        hosts: {
          [undercloud.name]: { ansible_host: entrance, ctlplane_address: undercloud.address, ...user },
        },
      },
      bmc: { hosts: bmc ? { [bmc.name]: { ansible_host: bmc.address, ...user, ...inside } } : {} },
      nodes: {
        vars: { ...inside, ...(bmc && { bmc_username: bmc.username, bmc_password: bmc.password }) },
        children: Object.fromEntries(
          groups.map((group) => [`nodes_${group.replaceAll("-", "_")}`, { hosts: hosts(inventory, group) }]),
        ),
      },
    },
  };
  return `---\n${stringify({ all })}`;
};

function hosts(inventory: Inventory, group: string): Record<string, object> {
  const members = inventory.nodes.filter((node) => node.group === group);
  return Object.fromEntries(members.map((node) => [node.name, hostVars(inventory, node)]));
}

function hostVars({ bmc }: Inventory, node: InventoryNode): object {
  return {
    ansible_host: node.address,
    macs: Object.fromEntries(node.ports.map(({ network, mac }) => [network, mac])),
    ...(node.profile && { profile: node.profile }),
    ...(node.ipmi && { ipmi_address: node.ipmi.address, ipmi_port: node.ipmi.port }),
    ...(bmc?.redfishUrl && { redfish_url: bmc.redfishUrl, redfish_system: node.redfishSystem }),
  };
}
