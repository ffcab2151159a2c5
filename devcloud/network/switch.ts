import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CloudFile } from "../config/cloudFile";
import { hostname, ovsdbSocket, publicNetwork, supervisordConfPath } from "../config/settings";
import type { Service } from "../service";
import type { NetworkKind } from "./kind";

/** What every program of Neutron reads first. */
export const neutronConf = "--config-file /etc/neutron/neutron.conf";

/** An OVSDB server with one database, made empty when it is not there. */
export function ovsdbService(name: string, socketFile: string, database: string, schema: string): Service {
  return {
    name,
    stage: "foundations",
    command: `sh ${folder}/ovsdb.sh ${socketFile} ${database} ${schema}`,
  };
}

/** A program that ends at once when one of these sockets is not there yet. */
export function whenThere(sockets: readonly string[], command: string): string {
  return `sh -c 'for socket in ${sockets.join(" ")}; do until [ -S $socket ]; do sleep 0.1; done; done; exec ${command}'`;
}

const folder = "/usr/local/lib/devcloud";

/** Where `capture` finds its script in the box. */
export const captureScript = `${folder}/capture.sh`;

/** What every network of a cloud passes: Open vSwitch with its userspace datapath, for which the kernel needs no module. */
export function switchServices(kind: NetworkKind): Service[] {
  const settings = {
    "external_ids:system-id": hostname,
    /*
     * Read once, when the switch starts. Linux hands packets of guests and of namespaces over with half a checksum, for
     * the hardware to finish; without it they go out as they are: DHCP and ping work, TCP does not.
     */
    "other_config:userspace-tso-enable": "true",
    ...kind.switchSettings,
  };
  return [
    ovsdbService(
      "ovsdb",
      ovsdbSocket,
      "/etc/openvswitch/conf.db",
      "/usr/share/openvswitch/vswitch.ovsschema",
    ),
    {
      name: "vswitchd",
      stage: "foundations",
      command: `sh ${folder}/vswitchd.sh`,
      environment: {
        OVB_SETTINGS: Object.entries(settings)
          .map(([column, value]) => `${column}=${value}`)
          .join(" "),
        OVB_BRIDGES: ["br-int", publicNetwork.bridge, ...kind.bridges].join(" "),
        OVB_GATEWAY: `${publicNetwork.gateway}/${publicNetwork.cidr.split("/")[1]}`,
        OVB_GATEWAY_BRIDGE: publicNetwork.bridge,
      },
    },
  ];
}

const script = (name: string): string => readFileSync(join(__dirname, "..", "box", name), "utf8");

/** The switch's files in the box. */
export function switchFiles(kind: NetworkKind): CloudFile[] {
  const mend = `#!/bin/sh -eu\nsupervisor=${supervisordConfPath}\n${kind.mend}`;
  const ports = `#!/bin/sh -eu\n${kind.portsOfNetwork}\n`;
  return [
    { path: `${folder}/ovsdb.sh`, text: script("ovsdb.sh"), mode: 0o755 },
    { path: `${folder}/vswitchd.sh`, text: script("vswitchd.sh"), mode: 0o755 },
    { path: `${folder}/mend.sh`, text: mend, mode: 0o755 },
    { path: captureScript, text: script("capture.sh"), mode: 0o755 },
    { path: `${folder}/portsOfNetwork.sh`, text: ports, mode: 0o755 },
    // libvirtd looks for hooks when it starts.
    { path: "/etc/libvirt/hooks/qemu", text: script("libvirtHook.sh"), mode: 0o755 },
  ];
}
