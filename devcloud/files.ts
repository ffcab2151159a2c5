import type { CloudFile } from "./config/cloudFile";
import * as foundations from "./config/foundations";
import { glanceApiConf } from "./config/glance";
import { renderIni } from "./config/ini";
import { keystoneConf } from "./config/keystone";
import { neutronConf } from "./config/neutron";
import { novaConf } from "./config/nova";
import { placementConf } from "./config/placement";
import { type CloudSettings, supervisordConfPath } from "./config/settings";
import { networkKinds } from "./network/kinds";
import { switchFiles } from "./network/switch";
import { supervisordConf } from "./services";

/** Every file that makes a Debian root this cloud. Pure: the same settings give the same files. */
export function cloudFiles(settings: CloudSettings): CloudFile[] {
  const secret = 0o600;
  const open = 0o644;
  const kind = networkKinds[settings.network];
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
    { path: "/etc/neutron/neutron.conf", text: neutronConf(settings, kind.neutron), mode: secret },
    { path: "/etc/neutron/ml2.ini", text: renderIni(kind.ml2), mode: open },
    ...kind.files(settings),
    ...switchFiles(kind),
  ];
}
