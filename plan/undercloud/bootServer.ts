import type { BootScript } from "../labPlan";
import { type CloudConfigInput, cloudConfig } from "../userData";
import {
  type DhcpServer,
  dhcpConfig,
  dhcpConfigPath,
  dhcpScript,
  dhcpScriptPath,
  dhcpUnit,
} from "./dhcpServer";
import { bootUnit, metadataAddressUnit } from "./units";

const bootFolder = "/srv/ovb/boot";

export interface BootServerInput extends Pick<CloudConfigInput, "hostname" | "authorizedKeys"> {
  readonly lab: string;
  /** Where nodes reach it. */
  readonly url: string;
  readonly port: number;
  /** Whether it answers on 169.254.169.254 as well. */
  readonly metadata: boolean;
  /** Absent: the cloud's DHCP serves. */
  readonly dhcp?: DhcpServer;
}

/**
 * An undercloud that is a boot server: Python's own http.server, which every cloud image has because cloud-init
 * is written in Python, in a hardened systemd unit. Each request goes to the console, so that Nova's console
 * log shows from outside who fetched what.
 */
export function bootServerUserData({ lab, url, port, metadata, dhcp, ...host }: BootServerInput): string {
  const units = [
    "ovb-boot.service",
    ...(metadata ? ["ovb-metadata-address.service"] : []),
    ...(dhcp ? ["ovb-dhcp.service"] : []),
  ];
  return cloudConfig({
    ...host,
    files: [
      ...(["boot.ipxe", "inspector.ipxe"] as const).map((script) => ({
        path: `${bootFolder}/${script}`,
        content: ipxeScript(lab, url, script),
      })),
      { path: "/etc/systemd/system/ovb-boot.service", content: bootUnit(port, bootFolder) },
      ...(metadata
        ? [{ path: "/etc/systemd/system/ovb-metadata-address.service", content: metadataAddressUnit }]
        : []),
      ...(dhcp
        ? [
            { path: dhcpScriptPath, content: dhcpScript },
            { path: dhcpConfigPath, content: dhcpConfig(dhcp) },
            { path: "/etc/systemd/system/ovb-dhcp.service", content: dhcpUnit },
          ]
        : []),
    ],
    commands: [
      ["mkdir", "-p", `${bootFolder}/nodes`],
      ["systemctl", "daemon-reload"],
      ["systemctl", "enable", "--now", ...units],
    ],
  });
}

/** Boots what nodes/MAC.ipxe says, as soon as there is such a file, and waits quietly until then. */
function ipxeScript(lab: string, url: string, script: BootScript): string {
  return `#!ipxe
echo ${lab}: ${script} for \${netX/mac} at \${netX/ip}
:next
chain ${url}/nodes/\${netX/mac:hexhyp}.ipxe ||
echo No ${url}/nodes/\${netX/mac:hexhyp}.ipxe yet: trying again in 30 seconds
sleep 30
goto next
`;
}
