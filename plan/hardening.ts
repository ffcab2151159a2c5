/**
 * What shuts any service of ours in, as lines of its unit: it sees no home, no other's files in /tmp and no device, and writes
 * nothing but its state.
 */
export const sandbox = `NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
PrivateDevices=yes
PrivateTmp=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
`;

/**
 * The same for a service of Node.js, which asks of the kernel what a network service needs and no more.
 *
 * V8 asks for memory protection keys, which are in no @system-service, and does without them when refused: hence an error
 * number, where systemd's default is to kill.
 * @param capabilities all that it has
 */
export function hardening(capabilities: readonly string[] = []): string {
  const list = capabilities.join(" ");
  return `UMask=0077
CapabilityBoundingSet=${list}
AmbientCapabilities=${list}
${sandbox}ProtectProc=invisible
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
MemoryMax=256M
`;
}
