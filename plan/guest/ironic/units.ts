import { sandbox } from "../hardening";
import { restarting, setup, type UnitLines, unit } from "../unit";
import { apiPort, configFolder, stateFolder } from "./conf";
import { ironicFolder } from "./install";
import { ironicUser, tlsCertificate, tlsKey } from "./setupScript";

export const setupPath = "/usr/local/lib/ovb/ironic-setup.sh";
export const tlsProxyPath = "/usr/local/lib/ovb/ironic-tls.py";

export const setupUnit = unit({
  description: "OVB: install and set up Ironic",
  unit: { After: "network.target" },
  service: setup(setupPath),
});

/** What both services may not do. */
const shutIn: UnitLines = { ...sandbox, CapabilityBoundingSet: "" };

/** PATH: ipmitool, qemu-img and genisoimage are the distribution's. */
export const ironicUnit = unit({
  description: "OVB: Ironic's API and conductor",
  unit: {
    Requires: "ovb-ironic-setup.service",
    After: "ovb-ironic-setup.service network-online.target",
    Wants: "network-online.target",
    StartLimitIntervalSec: 0,
  },
  service: {
    User: ironicUser,
    Group: ironicUser,
    Environment: `PATH=${ironicFolder}/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    ExecStart: `${ironicFolder}/venv/bin/ironic --config-file ${configFolder}/ironic.conf`,
    ...restarting(2),
    KillMode: "mixed",
    TimeoutStopSec: 30,
    ReadWritePaths: stateFolder,
    ...shutIn,
  },
  atBoot: true,
});

/** TLS for who comes from outside; what is inside it goes on to the API as it is. */
export function tlsUnit(address: string, port: number): string {
  return unit({
    description: "OVB: TLS for Ironic's API",
    unit: {
      Requires: "ovb-ironic-setup.service",
      After: "ovb-ironic-setup.service",
      StartLimitIntervalSec: 0,
    },
    service: {
      ExecStart: `/usr/bin/python3 -u ${tlsProxyPath} ${port} ${address} ${apiPort}`,
      ...restarting(2),
      DynamicUser: "yes",
      LoadCredential: [`tls.crt:${tlsCertificate}`, `tls.key:${tlsKey}`],
      MemoryMax: "128M",
      ...shutIn,
    },
    atBoot: true,
  });
}
