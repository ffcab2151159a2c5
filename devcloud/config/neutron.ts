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
import { type CloudSettings, dataFolder, endpoints, hostname, ovsdbConnection } from "./settings";

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

/** @param kind what the kind of network adds (network/kind.ts) */
export function neutronConf(settings: CloudSettings, kind: Ini): string {
  const { DEFAULT, ...sections } = kind;
  const ini: Ini = {
    DEFAULT: {
      host: hostname,
      bind_host: "0.0.0.0",
      bind_port: endpoints.neutron.port,
      state_path: `${dataFolder}/neutron`,
      core_plugin: "ml2",
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
      ...DEFAULT,
    },
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
    ovs: { ovsdb_connection: ovsdbConnection },
    ...sections,
  };
  return renderIni(ini);
}
