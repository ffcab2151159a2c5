import { ebtablesWrapper } from "./config/ebtables";
import * as foundations from "./config/foundations";
import { glanceApiConf } from "./config/glance";
import { keystoneConf } from "./config/keystone";
import * as neutron from "./config/neutron";
import { novaConf } from "./config/nova";
import { placementConf } from "./config/placement";
import type { CloudSettings } from "./config/settings";
import { supervisordConf } from "./services";

export interface CloudFile {
  /** Absolute, in the box. */
  path: string;
  text: string;
  mode: number;
}

/** Where supervisord and supervisorctl find their configuration. */
export const supervisordConfPath = "/etc/devcloud/supervisord.conf";

/** Every file that makes a Debian root this cloud. Pure: the same settings give the same files. */
export function cloudFiles(settings: CloudSettings): CloudFile[] {
  const secret = 0o600;
  const open = 0o644;
  return [
    { path: "/etc/hosts", text: foundations.hostsFile(), mode: open },
    { path: "/etc/resolv.conf", text: "", mode: open },
    { path: supervisordConfPath, text: supervisordConf(settings), mode: open },
    { path: "/etc/devcloud/mariadb.cnf", text: foundations.mariadbCnf(), mode: open },
    // RabbitMQ reads its own files as its own user, who is made their owner when the layer is prepared.
    { path: "/etc/rabbitmq/rabbitmq.conf", text: foundations.rabbitmqConf(settings), mode: secret },
    { path: "/etc/rabbitmq/rabbitmq-env.conf", text: foundations.rabbitmqEnvConf(), mode: open },
    { path: "/etc/libvirt/qemu.conf", text: foundations.qemuConf(), mode: open },
    { path: "/etc/keystone/keystone.conf", text: keystoneConf(settings), mode: secret },
    { path: "/etc/glance/glance-api.conf", text: glanceApiConf(settings), mode: secret },
    { path: "/etc/placement/placement.conf", text: placementConf(settings), mode: secret },
    { path: "/etc/nova/nova.conf", text: novaConf(settings), mode: secret },
    { path: "/etc/neutron/neutron.conf", text: neutron.neutronConf(settings), mode: secret },
    { path: "/etc/neutron/ml2.ini", text: neutron.ml2Ini(), mode: open },
    { path: "/etc/neutron/dhcp_agent.ini", text: neutron.dhcpAgentIni(), mode: open },
    { path: "/etc/neutron/l3_agent.ini", text: neutron.l3AgentIni(), mode: open },
    { path: "/etc/neutron/metadata_agent.ini", text: neutron.metadataAgentIni(settings), mode: secret },
    { path: "/usr/local/sbin/ebtables", text: ebtablesWrapper(), mode: 0o755 },
  ];
}
