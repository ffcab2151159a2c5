import type { BootScript, LabPlan } from "../../lab/labPlan";
import { cloudConfig } from "../cloudConfig";
import { dhcpConfig, dhcpConfigPath, dhcpScript, dhcpScriptPath } from "./dhcpServer";
import { bootUnit, dhcpUnit, metadataAddressUnit } from "./units";

const bootFolder = "/srv/ovb/boot";

/**
 * An undercloud that is a boot server: Python's own http.server, which every cloud image has because cloud-init
 * is written in Python, in a hardened systemd unit. Each request goes to the console, so that Nova's console
 * log shows from outside who fetched what.
 */
export function bootServerUserData(plan: LabPlan): string {
  const { name: hostname, authorizedKeys, bootServer } = plan.undercloud!;
  if (!bootServer) throw new Error(`${hostname} is no boot server`);
  const { port, metadata, dhcp } = bootServer;
  const units = [
    { name: "ovb-boot.service", content: bootUnit(port, bootFolder) },
    ...(metadata ? [{ name: "ovb-metadata-address.service", content: metadataAddressUnit }] : []),
    ...(dhcp ? [{ name: "ovb-dhcp.service", content: dhcpUnit(dhcpScriptPath, dhcpConfigPath) }] : []),
  ];
  const unitFiles = units.map(({ name, content }) => ({ path: `/etc/systemd/system/${name}`, content }));
  const [dhcpUnitFile] = dhcp ? unitFiles.splice(-1) : [];
  return cloudConfig({
    hostname,
    authorizedKeys,
    files: [
      ...(["boot.ipxe", "inspector.ipxe"] as const).map((script) => ({
        path: `${bootFolder}/${script}`,
        content: ipxeScript(plan, script),
      })),
      ...unitFiles,
      ...(dhcp && dhcpUnitFile
        ? [
            { path: dhcpScriptPath, content: dhcpScript(dhcp) },
            { path: dhcpConfigPath, content: dhcpConfig(plan, dhcp, metadata) },
            dhcpUnitFile,
          ]
        : []),
    ],
    commands: [
      ["mkdir", "-p", `${bootFolder}/nodes`],
      ["systemctl", "daemon-reload"],
      ["systemctl", "enable", "--now", ...units.map(({ name }) => name)],
    ],
  });
}

/** Boots what nodes/MAC.ipxe says, as soon as there is such a file, and waits quietly until then. */
function ipxeScript({ name, ctlplane: { bootUrl } }: LabPlan, script: BootScript): string {
  return `#!ipxe
echo ${name}: ${script} for \${netX/mac} at \${netX/ip}
:next
chain ${bootUrl}/nodes/\${netX/mac:hexhyp}.ipxe ||
echo No ${bootUrl}/nodes/\${netX/mac:hexhyp}.ipxe yet: trying again in 30 seconds
sleep 30
goto next
`;
}
