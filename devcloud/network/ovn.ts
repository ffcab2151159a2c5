import { lateness } from "../config/common";
import { hostname, ovsdbConnection, ovsdbSocket, publicNetwork } from "../config/settings";
import type { NetworkKind } from "./kind";
import { metadataAgentFile } from "./metadataAgent";
import { neutronConf, ovsdbService, whenThere } from "./switch";

const northbound = "/run/ovn/ovnnb_db.sock";
const southbound = "/run/ovn/ovnsb_db.sock";

const databases = {
  ovn_nb_connection: `unix:${northbound}`,
  ovn_sb_connection: `unix:${southbound}`,
  ovsdb_connection_timeout: lateness.rpcResponse,
};

/** What most public clouds run: OVN does DHCP, routing and NAT in the switch's own flows. */
export const ovn: NetworkKind = {
  title: "ML2/OVN",
  neutron: { DEFAULT: { service_plugins: "ovn-router" } },
  ml2: {
    ml2: {
      type_drivers: "local,flat,vlan,geneve",
      tenant_network_types: "geneve",
      mechanism_drivers: "ovn",
      extension_drivers: "port_security",
    },
    ml2_type_flat: { flat_networks: publicNetwork.name },
    ml2_type_geneve: { vni_ranges: "1:65536", max_header_size: 38 },
    securitygroup: { enable_security_group: true },
    ovn: { ...databases, ovn_l3_scheduler: "leastloaded", ovn_metadata_enabled: true },
  },
  files: (settings) => [
    metadataAgentFile("/etc/neutron/ovn_metadata_agent.ini", settings, { ovn: databases }),
  ],
  services: [
    ovsdbService("ovn-northbound", northbound, "/var/lib/ovn/ovnnb_db.db", "/usr/share/ovn/ovn-nb.ovsschema"),
    ovsdbService("ovn-southbound", southbound, "/var/lib/ovn/ovnsb_db.db", "/usr/share/ovn/ovn-sb.ovsschema"),
    {
      name: "ovn-northd",
      stage: "foundations",
      command: whenThere(
        [northbound, southbound],
        `ovn-northd --ovnnb-db=unix:${northbound} --ovnsb-db=unix:${southbound}`,
      ),
    },
    {
      name: "ovn-controller",
      stage: "foundations",
      command: whenThere([ovsdbSocket, southbound], `ovn-controller ${ovsdbConnection}`),
    },
    // neutron-rpc-server and neutron-periodic-workers are left out: no agent here speaks RPC, and they cost 650 MB.
    {
      name: "neutron-maintenance",
      stage: "agents",
      command: `neutron-ovn-maintenance-worker ${neutronConf} --config-file /etc/neutron/ml2.ini`,
    },
    {
      name: "neutron-metadata",
      stage: "agents",
      command: `neutron-ovn-metadata-agent ${neutronConf} --config-file /etc/neutron/ovn_metadata_agent.ini`,
    },
  ],
  bridges: [],
  switchSettings: {
    "external_ids:ovn-remote": `unix:${southbound}`,
    "external_ids:ovn-encap-type": "geneve",
    "external_ids:ovn-encap-ip": "127.0.0.1",
    "external_ids:ovn-bridge": "br-int",
    "external_ids:ovn-bridge-datapath-type": "netdev",
    "external_ids:ovn-bridge-mappings": `${publicNetwork.name}:${publicNetwork.bridge}`,
    // Without it no router finds a host for its gateway.
    "external_ids:ovn-cms-options": "enable-chassis-as-gw",
    "external_ids:hostname": hostname,
  },
  agents: ["ovn-controller", "neutron-ovn-metadata-agent"],
  /*
   * Raises the number that ovn-controller and the metadata agent give back. Neutron does that by itself every 150 s only
   * (half of agent_down_time), and counts from what the prepared layer remembers.
   */
  agentsAnswer: `{ [ -n "$asked" ] || { ovn-nbctl --timeout=20 --wait=hv sync && asked=yes; }; } &&
    [ "$(ovn-sbctl --timeout=20 get Chassis_Private ${hostname} 'external_ids:"neutron:ovn-metadata-sb-cfg"' | tr -d '"')" -ge "$(ovn-nbctl get NB_Global . nb_cfg)" ]`,
  portsOfNetwork: `of=$(ovn-nbctl lsp-list "neutron-$1" | sed -n 's/.*(\\(.*\\))$/\\1/p')
ovs-vsctl --bare --columns=name,external_ids find Interface external_ids:iface-id!=none |
  awk -v of="$of" 'BEGIN { n = split(of, ids, "\\n"); for (i = 1; i <= n; i++) wanted["iface-id=" ids[i]] = 1 }
    NF == 1 && !/=/ { name = $1 } { for (i = 1; i <= NF; i++) if ($i in wanted) print name }'`,
  mend: "",
};
