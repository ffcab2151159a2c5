import {
  authToken,
  concurrency,
  databaseUrl,
  lateness,
  messageQueueUrl,
  privsepHelpers,
  serviceLogin,
} from "./common";
import { type Ini, renderIni } from "./ini";
import { type CloudSettings, dataFolder, endpoints, hostname, logFolder, publicNetwork } from "./settings";

/** Room for the scale tests. */
const quotas = {
  quota_network: 500,
  quota_subnet: 1000,
  quota_port: 5000,
  quota_router: 100,
  quota_floatingip: 100,
  quota_security_group: 200,
  quota_security_group_rule: 2000,
};

export function neutronConf(settings: CloudSettings): string {
  const ini: Ini = {
    DEFAULT: {
      host: hostname,
      bind_host: "0.0.0.0",
      bind_port: endpoints.neutron.port,
      api_workers: 2,
      rpc_workers: 1,
      state_path: `${dataFolder}/neutron`,
      core_plugin: "ml2",
      service_plugins: "router",
      transport_url: messageQueueUrl(settings),
      rpc_response_timeout: lateness.rpcResponse,
      agent_down_time: lateness.downAfter,
      auth_strategy: "keystone",
      api_paste_config: "/etc/neutron/api-paste.ini",
      notify_nova_on_port_status_changes: true,
      notify_nova_on_port_data_changes: true,
      global_physnet_mtu: 1500,
      // Neutron's default, spelled out because the plan's limit is this number.
      max_allowed_address_pair: 10,
      use_stderr: true,
    },
    // Neutron 21 wants to be told that linuxbridge is used knowingly; the kernel at hand may have no openvswitch.
    experimental: { linuxbridge: true },
    agent: {
      // The agents are root in their box: `env` runs a command as it is, where rootwrap starts a Python for each.
      root_helper: "env",
      report_interval: 10,
    },
    ...privsepHelpers(
      ...["privsep", "privsep_dhcp_release", "privsep_ovs_vsctl"],
      ...["privsep_namespace", "privsep_conntrack", "privsep_link"],
    ),
    database: { connection: databaseUrl(settings, "neutron") },
    quotas,
    oslo_concurrency: concurrency,
    keystone_authtoken: authToken(settings, "neutron"),
    nova: serviceLogin(settings, "neutron"),
    placement: serviceLogin(settings, "neutron"),
  };
  return renderIni(ini);
}

export function ml2Ini(): string {
  const ini: Ini = {
    ml2: {
      type_drivers: "flat,local,vxlan",
      tenant_network_types: "vxlan",
      mechanism_drivers: "linuxbridge,l2population",
      extension_drivers: "port_security",
    },
    ml2_type_flat: { flat_networks: publicNetwork.name },
    ml2_type_vxlan: { vni_ranges: "1000:2000" },
    securitygroup: { enable_security_group: true, firewall_driver: "iptables", enable_ipset: true },
    linux_bridge: { bridge_mappings: `${publicNetwork.name}:${publicNetwork.bridge}` },
    vxlan: {
      enable_vxlan: true,
      local_ip: "127.0.0.1",
      // Without l2population vxlan uses multicast; on the loopback its frames come back, the bridge learns a VM's
      // MAC on the vxlan port, and DHCP answers vanish.
      l2_population: true,
    },
  };
  return renderIni(ini);
}

export function dhcpAgentIni(): string {
  const ini: Ini = {
    DEFAULT: {
      interface_driver: "linuxbridge",
      dhcp_driver: "neutron.agent.linux.dhcp.Dnsmasq",
      enable_isolated_metadata: true,
      dnsmasq_base_log_dir: logFolder,
      resync_interval: 5,
    },
  };
  return renderIni(ini);
}

export function l3AgentIni(): string {
  return renderIni({ DEFAULT: { interface_driver: "linuxbridge" } });
}

export function metadataAgentIni(settings: CloudSettings): string {
  const ini: Ini = {
    DEFAULT: {
      nova_metadata_host: "127.0.0.1",
      metadata_proxy_shared_secret: settings.secrets.metadata,
      metadata_workers: 1,
    },
  };
  return renderIni(ini);
}
