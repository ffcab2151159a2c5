import { renderIni } from "../config/ini";
import { logFolder, publicNetwork } from "../config/settings";
import type { NetworkKind } from "./kind";
import { metadataAgentFile } from "./metadataAgent";
import { neutronConf } from "./switch";

/** The bridge of the tenants' VLANs; nothing but their patch port is on it, as there is one host. */
const tenantBridge = "br-tenant";

function agent(name: string, config: string) {
  return {
    name: `neutron-${name}`,
    stage: "agents" as const,
    command: `neutron-${name}-agent ${neutronConf} --config-file /etc/neutron/${config}`,
  };
}

/** Agents of Neutron's own on the switch: dnsmasq does DHCP, namespaces with iptables do routing and NAT. */
export const ovs: NetworkKind = {
  title: "ML2/OVS",
  // One process for all that the agents ask, where there would be one a core and more for their reports.
  neutron: { DEFAULT: { service_plugins: "router", rpc_workers: 1, rpc_state_report_workers: 0 } },
  ml2: {
    ml2: {
      type_drivers: "local,flat,vlan",
      tenant_network_types: "vlan",
      mechanism_drivers: "openvswitch",
      extension_drivers: "port_security",
    },
    ml2_type_flat: { flat_networks: publicNetwork.name },
    ml2_type_vlan: { network_vlan_ranges: "tenant:100:2999" },
    securitygroup: { enable_security_group: true },
  },
  files: (settings) => [
    {
      path: "/etc/neutron/openvswitch_agent.ini",
      text: renderIni({
        ovs: {
          datapath_type: "netdev",
          integration_bridge: "br-int",
          bridge_mappings: `${publicNetwork.name}:${publicNetwork.bridge},tenant:${tenantBridge}`,
        },
        agent: { tunnel_types: "" },
        securitygroup: { enable_security_group: true, firewall_driver: "openvswitch" },
      }),
      mode: 0o644,
    },
    {
      path: "/etc/neutron/dhcp_agent.ini",
      text: renderIni({
        DEFAULT: {
          interface_driver: "openvswitch",
          dhcp_driver: "neutron.agent.linux.dhcp.Dnsmasq",
          enable_isolated_metadata: true,
          dnsmasq_base_log_dir: logFolder,
          resync_interval: 5,
        },
      }),
      mode: 0o644,
    },
    {
      path: "/etc/neutron/l3_agent.ini",
      text: renderIni({ DEFAULT: { interface_driver: "openvswitch" } }),
      mode: 0o644,
    },
    metadataAgentFile("/etc/neutron/metadata_agent.ini", settings),
  ],
  services: [
    // neutron-periodic-workers is left out: with one host there is nothing to be scheduled anew.
    {
      name: "neutron-rpc",
      stage: "control",
      command: `neutron-rpc-server ${neutronConf} --config-file /etc/neutron/ml2.ini`,
    },
    agent("openvswitch", "openvswitch_agent.ini"),
    agent("dhcp", "dhcp_agent.ini"),
    agent("l3", "l3_agent.ini"),
    agent("metadata", "metadata_agent.ini"),
  ],
  bridges: [tenantBridge],
  switchSettings: {},
  agents: ["neutron-openvswitch-agent", "neutron-dhcp-agent", "neutron-l3-agent", "neutron-metadata-agent"],
  agentsAnswer: "true", // They report to Neutron, which is asked: api/ready.ts.
  portsOfNetwork: `ovs-vsctl --bare --columns=name find Port "other_config:net_uuid=$1"`,
  /*
   * The internal ports of DHCP servers and routers are dead in their namespaces, and others of the same names are outside.
   * The agents do not notice, nor does a start of theirs help as long as those are there.
   */
  mend: `agents="agents:neutron-dhcp agents:neutron-l3"
running=$(supervisorctl -c "$supervisor" status $agents | awk '$2 == "RUNNING" { print $1 }') || true
[ -z "$running" ] || supervisorctl -c "$supervisor" stop $running
for namespace in $(ip netns list | cut -d' ' -f1 | grep -E '^q(dhcp|router)-'); do
  for process in $(ip netns pids "$namespace"); do kill "$process" || true; done
  ip netns delete "$namespace"
done
for port in $(ovs-vsctl list-ports br-int | grep -E '^q[rg]-') \\
  $(ovs-vsctl --bare --columns=name find Interface type=internal | grep '^tap'); do
  ovs-vsctl --if-exists del-port br-int "$port"
done
[ -z "$running" ] || supervisorctl -c "$supervisor" start $running
`,
};
