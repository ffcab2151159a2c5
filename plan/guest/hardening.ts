import type { UnitLines } from "./unit";

/**
 * What shuts any service of ours in: it sees no home, no other's files in /tmp and no device, and writes nothing but its
 * state.
 */
export const sandbox: UnitLines = {
  NoNewPrivileges: "yes",
  ProtectSystem: "strict",
  ...yes("ProtectHome", "ProtectClock", "ProtectHostname", "ProtectKernelLogs", "ProtectKernelModules"),
  ...yes("ProtectKernelTunables", "ProtectControlGroups", "PrivateDevices", "PrivateTmp"),
  RestrictAddressFamilies: "AF_INET AF_INET6 AF_UNIX AF_NETLINK",
  ...yes("RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID", "LockPersonality"),
  SystemCallArchitectures: "native",
};

/**
 * The same for a service of Node.js, which asks of the kernel what a network service needs and no more.
 *
 * V8 asks for memory protection keys, which are in no @system-service, and does without them when refused: hence an error
 * number, where systemd's default is to kill.
 * @param capabilities all that it has
 */
export function nodeSandbox(capabilities: readonly string[] = []): UnitLines {
  return {
    UMask: "0077",
    CapabilityBoundingSet: capabilities.join(" "),
    AmbientCapabilities: capabilities.join(" "),
    ...sandbox,
    ProtectProc: "invisible",
    SystemCallFilter: "@system-service",
    SystemCallErrorNumber: "EPERM",
    MemoryMax: "256M",
  };
}

/** The boot server's services: fewer lines than `sandbox`, as more of them would replace every VM that has these. */
export function bootSandbox({ families, devices }: { families: string; devices: boolean }): UnitLines {
  return {
    ProtectSystem: "strict",
    ...yes("ProtectHome", ...(devices ? [] : ["PrivateDevices"]), "PrivateTmp"),
    ...yes("ProtectKernelTunables", "ProtectControlGroups"),
    RestrictAddressFamilies: families,
    ...yes("RestrictNamespaces", "LockPersonality"),
  };
}

function yes(...keys: string[]): UnitLines {
  return Object.fromEntries(keys.map((key) => [key, "yes"]));
}
