import { ironicFolder } from "../../../images/ironic/install";
import { sandbox } from "../../hardening";
import { apiPort, configFolder, stateFolder } from "./conf";
import { firstSettings, proxyState, settingsConf, settingsScriptPath } from "./settingsScript";
import { ironicUser, passwordFile, tlsCertificate, tlsKey } from "./setupScript";

export const setupPath = "/usr/local/lib/ovb/ironic-setup.sh";
export const tlsProxyPath = "/usr/local/lib/ovb/ironic-tls.py";

export const setupUnit = `[Unit]
Description=OVB: install and set up Ironic
After=network.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh ${setupPath}
TimeoutStartSec=infinity
StandardOutput=journal+console
StandardError=journal+console
`;

/** What both services may not do. */
const hardening = `${sandbox}CapabilityBoundingSet=
`;

/** PATH: ipmitool, qemu-img and genisoimage are the distribution's. */
export const ironicUnit = `[Unit]
Description=OVB: Ironic's API and conductor
Requires=ovb-ironic-setup.service
After=ovb-ironic-setup.service ovb-ironic-settings-boot.service network-online.target
Wants=ovb-ironic-settings-boot.service network-online.target
StartLimitIntervalSec=0

[Service]
User=${ironicUser}
Group=${ironicUser}
Environment=PATH=${ironicFolder}/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ExecStart=${ironicFolder}/venv/bin/ironic --config-file ${configFolder}/ironic.conf --config-file ${settingsConf}
Restart=always
RestartSec=2
KillMode=mixed
TimeoutStopSec=30
ReadWritePaths=${stateFolder}
${hardening}
[Install]
WantedBy=multi-user.target
`;

/** TLS for who comes from outside. It needs neither Ironic nor its agent: wrong settings can be corrected through it. */
export function tlsUnit(address: string, port: number): string {
  return `[Unit]
Description=OVB: TLS for Ironic's API and for what can be changed here
Requires=ovb-ironic-setup.service
After=ovb-ironic-setup.service
StartLimitIntervalSec=0

[Service]
ExecStart=/usr/bin/python3 -u ${tlsProxyPath} ${port} ${address} ${apiPort}
Restart=always
RestartSec=2
DynamicUser=yes
StateDirectory=${proxyState.replace("/var/lib/private/", "")}
StateDirectoryMode=0700
LoadCredential=tls.crt:${tlsCertificate}
LoadCredential=tls.key:${tlsKey}
LoadCredential=password:${passwordFile}
LoadCredential=settings.json:${firstSettings}
MemoryMax=128M
${hardening}
[Install]
WantedBy=multi-user.target
`;
}

/** Once a boot, before Ironic; keys and agent too, as the last run may have been cut off. */
export const settingsBootUnit = settingsUnit(
  "as the undercloud boots",
  "After=ovb-ironic-setup.service",
  true,
);

/** When the proxy has taken new ones. In no order with Ironic, which it restarts. */
export const settingsChangedUnit = settingsUnit("that were put", "", false);

export const settingsChangedPath = `[Unit]
Description=OVB: settings were put

[Path]
PathExists=${proxyState}/pending

[Install]
WantedBy=multi-user.target
`;

function settingsUnit(which: string, order: string, remain: boolean): string {
  return `[Unit]
Description=OVB: apply the settings ${which}
${order}

[Service]
Type=oneshot
RemainAfterExit=${remain ? "yes" : "no"}
ExecStart=/usr/bin/python3 -u ${settingsScriptPath} apply
TimeoutStartSec=infinity
StandardOutput=journal+console
StandardError=journal+console
`;
}
