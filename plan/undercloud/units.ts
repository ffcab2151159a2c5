import { metadataAddress } from "../userData";

/** Python's own http.server. Each request goes to the console, so that Nova shows from outside who fetched what. */
export function bootUnit(port: number, folder: string): string {
  return `[Unit]
Description=OVB boot server: boot.ipxe and inspector.ipxe for the baremetal nodes
After=network.target

[Service]
ExecStart=/usr/bin/python3 -u -m http.server ${port} --directory ${folder}
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
export const metadataAddressUnit = `[Unit]
Description=OVB: answer on ${metadataAddress}, where the ctlplane's host route sends the nodes
Before=ovb-boot.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'exec ip address replace ${metadataAddress}/32 dev lo'

[Install]
WantedBy=multi-user.target
`;
