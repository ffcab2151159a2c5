import { stringify } from "yaml";
import type { BootScript } from "./labPlan";

/** Nova's limit on base64 user data is 65535 bytes (nova/api/openstack/compute/schemas/servers.py). */
export const mostUserDataBytes = Math.floor(65535 / 4) * 3;

export interface CloudConfigInput {
  readonly hostname: string;
  readonly authorizedKeys: readonly string[];
  readonly files?: readonly {
    readonly path: string;
    readonly content: string;
    readonly permissions?: string;
  }[];
  /** Commands at the end of the first boot, each an argument list. */
  readonly commands?: readonly (readonly string[])[];
}

/** cloud-init's user data: the same text for the same input, because a changed one replaces the server. */
export function cloudConfig({
  hostname,
  authorizedKeys,
  files = [],
  commands = [],
}: CloudConfigInput): string {
  const config = {
    hostname,
    preserve_hostname: false,
    ...(authorizedKeys.length > 0 && { ssh_authorized_keys: [...authorizedKeys] }),
    ...(files.length > 0 && {
      write_files: files.map(({ path, content, permissions = "0644" }) => ({ path, permissions, content })),
    }),
    ...(commands.length > 0 && { runcmd: commands.map((command) => [...command]) }),
  };
  return `#cloud-config\n${stringify(config, { lineWidth: 0 })}`;
}

export const metadataAddress = "169.254.169.254";

const bootFolder = "/srv/ovb/boot";

export interface BootServerInput extends Pick<CloudConfigInput, "hostname" | "authorizedKeys"> {
  readonly lab: string;
  /** Where nodes reach it. */
  readonly url: string;
  readonly port: number;
  /** Whether it answers on 169.254.169.254 as well. */
  readonly metadata: boolean;
}

/**
 * An undercloud that is a boot server: Python's own http.server, which every cloud image has because cloud-init
 * is written in Python, in a hardened systemd unit. Each request goes to the console, so that Nova's console
 * log shows from outside who fetched what.
 */
export function bootServerUserData({ lab, url, port, metadata, ...host }: BootServerInput): string {
  const units = ["ovb-boot.service", ...(metadata ? ["ovb-metadata-address.service"] : [])];
  return cloudConfig({
    ...host,
    files: [
      ...(["boot.ipxe", "inspector.ipxe"] as const).map((script) => ({
        path: `${bootFolder}/${script}`,
        content: ipxeScript(lab, url, script),
      })),
      { path: "/etc/systemd/system/ovb-boot.service", content: bootUnit(port) },
      ...(metadata
        ? [{ path: "/etc/systemd/system/ovb-metadata-address.service", content: metadataAddressUnit }]
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

function bootUnit(port: number): string {
  return `[Unit]
Description=OVB boot server: boot.ipxe and inspector.ipxe for the baremetal nodes
After=network.target

[Service]
ExecStart=/usr/bin/python3 -u -m http.server ${port} --directory ${bootFolder}
StandardOutput=journal+console
StandardError=journal+console
Restart=always
RestartSec=1
DynamicUser=yes
ProtectSystem=strict
ProtectHome=yes
PrivateDevices=yes
PrivateTmp=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
LockPersonality=yes
CapabilityBoundingSet=
MemoryMax=64M

[Install]
WantedBy=multi-user.target
`;
}

/** On lo, so that no network daemon of the distribution takes it away again. */
const metadataAddressUnit = `[Unit]
Description=OVB: answer on ${metadataAddress}, where the ctlplane's host route sends the nodes
Before=ovb-boot.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'exec ip address replace ${metadataAddress}/32 dev lo'

[Install]
WantedBy=multi-user.target
`;
