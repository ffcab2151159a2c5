import { nodeSandbox } from "../hardening";
import { restarting, unit } from "../unit";

/** Where things are on the undercloud; for root alone to write. A folder of sync's own beside the undercloud's files. */
export const libraryFolder = "/usr/local/lib/ovb";
export const settingsFolder = "/etc/ovb/sync";
export const serviceName = "ovb-sync.service";
/** A link, so that the unit is the same wherever Node.js is. */
export const nodeLink = `${libraryFolder}/ovb-sync-node`;

/** Where a service shut in by ProtectHome= and PrivateTmp= finds nothing, or not what others see there. */
export const hiddenFolders = ["/home", "/root", "/run/user", "/tmp", "/var/tmp"] as const;

export interface SyncUnitOptions {
  readonly lab: string;
  /** The undercloud's credentials, a path there; absent: the source needs none. */
  readonly undercloudEnv?: string;
  /** Whose files it may read beside everybody's. */
  readonly groups: readonly string[];
  /** NAME=VALUE. */
  readonly environment: readonly string[];
}

/**
 * As a user that exists only while it runs, with no state. Credentials reach it by systemd's, which no other process can
 * read; LoadCredential= is in systemd 247 and later (Debian 11, Ubuntu 22.04, CentOS Stream 9). `exec`, so that a Node.js
 * that cannot be run is an error of `systemctl start`.
 */
export function syncUnit({ lab, undercloudEnv, groups, environment }: SyncUnitOptions): string {
  return unit({
    description: `OVB: the nodes' addresses of the lab ${lab} as this undercloud gives them out`,
    unit: { After: "network.target", StartLimitIntervalSec: 0 },
    service: {
      Type: "exec",
      ExecStart: `${nodeLink} ${libraryFolder}/ovb-sync.js ${settingsFolder}/ovb-sync.json`,
      ...restarting(5),
      DynamicUser: "yes",
      LoadCredential: [
        `cloud:${settingsFolder}/cloud.env`,
        ...(undercloudEnv ? [`undercloud:${undercloudEnv}`] : []),
      ],
      SupplementaryGroups: groups.length > 0 ? groups.join(" ") : undefined,
      Environment: environment,
      ...nodeSandbox(),
    },
    atBoot: true,
  });
}
