import type { LabPlan } from "../../lab/labPlan";
import { bootUnit, metadataAddressUnit } from "../bootServer/units";
import { cloudConfig } from "../cloudConfig";
import {
  dnsmasqConf,
  dnsmasqConfPath,
  dnsmasqInstallPath,
  dnsmasqInstallScript,
  dnsmasqServePath,
  dnsmasqServeScript,
  dnsmasqUnit,
} from "../dnsmasq/dnsmasq";
import { packagesSetup } from "../packages/packages";
import { configFolder, httpRoot, inspectorBootScript, ironicBootScript, ironicConf } from "./conf";
import { installScript, installScriptPath } from "./install";
import type { IronicSecrets } from "./secrets";
import { ironicSettings } from "./settings";
import { firstSettings, settingsScript, settingsScriptPath } from "./settingsScript";
import { ironicSetupScript, passwordFile, tlsKey } from "./setupScript";
import { tlsProxy } from "./tlsProxy";
import {
  ironicUnit,
  settingsBootUnit,
  settingsChangedPath,
  settingsChangedUnit,
  setupPath,
  setupUnit,
  tlsProxyPath,
  tlsUnit,
} from "./units";

/**
 * The user data of an undercloud with a standalone Ironic. The same text for the same input, because a changed one
 * replaces the VM; the lab's nodes are no part of it. It holds secrets.
 */
export function ironicUserData(plan: LabPlan, secrets: IronicSecrets): string {
  const { name: hostname, authorizedKeys, ironic } = plan.undercloud!;
  if (!ironic) throw new Error(`${hostname} is no undercloud with Ironic`);
  const { ctlplane, name: lab } = plan;
  const secret = (path: string, content: string) => ({ path, content, permissions: "0600" });
  const unit = (name: string, content: string) => ({ path: `/etc/systemd/system/${name}`, content });
  const { dhcp } = ironic;
  const packages = packagesSetup(plan.packages);
  const metadata = dhcp?.metadata ?? ctlplane.subnet.routes.length > 0;
  const units = [
    "ovb-boot.service",
    "ovb-ironic.service",
    "ovb-ironic-tls.service",
    "ovb-ironic-settings.path",
    ...(dhcp ? ["ovb-dhcp.service"] : []),
  ];
  return cloudConfig({
    hostname,
    authorizedKeys,
    files: [
      { path: installScriptPath, content: installScript },
      { path: setupPath, content: ironicSetupScript(ironic, hostname) },
      { path: tlsProxyPath, content: tlsProxy },
      { path: `${configFolder}/ironic.conf`, content: ironicConf(plan) },
      // A URL may hold a password.
      secret(firstSettings, `${JSON.stringify(ironicSettings(plan.undercloud!))}\n`),
      {
        path: settingsScriptPath,
        content: settingsScript({ address: ctlplane.server, username: ironic.username }),
      },
      { path: `${configFolder}/boot.ipxe`, content: ironicBootScript(lab) },
      { path: `${configFolder}/inspector.ipxe`, content: inspectorBootScript },
      // From the first moment on, for nodes that are faster than an installation.
      { path: `${httpRoot}/boot.ipxe`, content: ironicBootScript(lab) },
      { path: `${httpRoot}/inspector.ipxe`, content: inspectorBootScript },
      secret(passwordFile, `${secrets.password}\n`),
      secret(tlsKey, secrets.tlsKey),
      unit("ovb-boot.service", bootUnit(ironic.bootPort, httpRoot)),
      unit("ovb-ironic-setup.service", setupUnit),
      unit("ovb-ironic-settings-boot.service", settingsBootUnit),
      unit("ovb-ironic-settings.service", settingsChangedUnit),
      unit("ovb-ironic-settings.path", settingsChangedPath),
      unit("ovb-ironic.service", ironicUnit),
      unit("ovb-ironic-tls.service", tlsUnit(ctlplane.server, ironic.tlsPort)),
      ...(metadata ? [unit("ovb-metadata-address.service", metadataAddressUnit)] : []),
      ...(dhcp
        ? [
            { path: dnsmasqConfPath, content: dnsmasqConf(ctlplane, dhcp) },
            { path: dnsmasqServePath, content: dnsmasqServeScript(ctlplane, dhcp) },
            { path: dnsmasqInstallPath, content: dnsmasqInstallScript },
            unit("ovb-dhcp.service", dnsmasqUnit("ovb-ironic-setup.service network.target")),
          ]
        : []),
      ...packages.files,
    ],
    commands: [
      ...packages.commands,
      ["systemctl", "daemon-reload"],
      // Not waiting: an installation takes its time, and is no part of the boot.
      [
        ...["systemctl", "enable", "--now", "--no-block"],
        ...units,
        ...(metadata ? ["ovb-metadata-address.service"] : []),
      ],
    ],
  });
}
