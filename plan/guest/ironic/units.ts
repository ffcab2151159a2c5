import { sandbox } from "../hardening";
import { onConsole, pathUnit, restarting, setup, type UnitLines, unit } from "../unit";
import { apiPort, configFolder, stateFolder } from "./conf";
import { ironicFolder } from "./install";
import { firstSettings, proxyState, settingsConf, settingsScriptPath } from "./settingsScript";
import { ironicUser, passwordFile, tlsCertificate, tlsKey } from "./setupScript";

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
    After: "ovb-ironic-setup.service ovb-ironic-settings-boot.service network-online.target",
    Wants: "ovb-ironic-settings-boot.service network-online.target",
    StartLimitIntervalSec: 0,
  },
  service: {
    User: ironicUser,
    Group: ironicUser,
    Environment: `PATH=${ironicFolder}/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    ExecStart: `${ironicFolder}/venv/bin/ironic --config-file ${configFolder}/ironic.conf --config-file ${settingsConf}`,
    ...restarting(2),
    KillMode: "mixed",
    TimeoutStopSec: 30,
    ReadWritePaths: stateFolder,
    ...shutIn,
  },
  atBoot: true,
});

/** TLS for who comes from outside. It needs neither Ironic nor IPA: wrong settings can be corrected through it. */
export function tlsUnit(address: string, port: number): string {
  return unit({
    description: "OVB: TLS for Ironic's API and for what can be changed here",
    unit: {
      Requires: "ovb-ironic-setup.service",
      After: "ovb-ironic-setup.service",
      StartLimitIntervalSec: 0,
    },
    service: {
      ExecStart: `/usr/bin/python3 -u ${tlsProxyPath} ${port} ${address} ${apiPort}`,
      ...restarting(2),
      DynamicUser: "yes",
      StateDirectory: proxyState.replace("/var/lib/private/", ""),
      StateDirectoryMode: "0700",
      LoadCredential: [
        ...[`tls.crt:${tlsCertificate}`, `tls.key:${tlsKey}`],
        ...[`password:${passwordFile}`, `settings.json:${firstSettings}`],
      ],
      MemoryMax: "128M",
      ...shutIn,
    },
    atBoot: true,
  });
}

/** Once a boot, before Ironic; keys and IPA too, as the last run may have been cut off. */
export const settingsBootUnit = settingsUnit("as the undercloud boots", {
  After: "ovb-ironic-setup.service",
  remain: true,
});

/** When the proxy has taken new ones. In no order with Ironic, which it restarts. */
export const settingsChangedUnit = settingsUnit("that were put", { remain: false });

export const settingsChangedPath = pathUnit("OVB: settings were put", `${proxyState}/pending`);

function settingsUnit(which: string, { After, remain }: { After?: string; remain: boolean }): string {
  return unit({
    description: `OVB: apply the settings ${which}`,
    // Each file that npx ovb up brings starts it once.
    unit: { After, StartLimitIntervalSec: remain ? undefined : 0 },
    service: {
      Type: "oneshot",
      RemainAfterExit: remain ? "yes" : "no",
      ExecStart: `/usr/bin/python3 -u ${settingsScriptPath} apply`,
      TimeoutStartSec: "infinity",
      ...onConsole,
    },
  });
}
