import { fill, guestFile } from "../guestFile";
import { hiddenFolders, libraryFolder, nodeLink, serviceName, settingsFolder } from "./serviceUnit";

const template = guestFile("sync/install.sh");

/** The oldest Node.js that sync is bundled for (agent/service/bundle.ts). */
const oldestNode = 18;

/** The first systemd with LoadCredential=. */
const oldestSystemd = 247;

/** What the folder may have beside the script: where it goes on the undercloud, and its mode there. */
export const installed = {
  "ovb-sync.js": { path: `${libraryFolder}/ovb-sync.js`, mode: "0644" },
  "ovb-sync.json": { path: `${settingsFolder}/ovb-sync.json`, mode: "0644" },
  "ca.pem": { path: `${settingsFolder}/ca.pem`, mode: "0644" },
  "cloud.env": { path: `${settingsFolder}/cloud.env`, mode: "0600" },
  "undercloud.env": { path: `${settingsFolder}/undercloud.env`, mode: "0600" },
  [serviceName]: { path: `/etc/systemd/system/${serviceName}`, mode: "0644" },
} as const;

export type InstalledFile = keyof typeof installed;

export interface InstallOptions {
  readonly lab: string;
  /** Those that this folder has. */
  readonly files: readonly InstalledFile[];
  /** A file on the undercloud that the unit loads as a credential; absent: none but those of the folder. */
  readonly undercloudEnv?: string;
  /** Paths on the undercloud that the service reads as a user of its own, and the groups by which it may. */
  readonly reads: readonly string[];
  readonly groups: readonly string[];
}

/**
 * A script for `sh` that makes the service of the folder it is in, or takes it away. It can be run again: the service then
 * starts anew with what the folder has. With DESTDIR everything is below that folder, as for an image.
 */
export function installScript({ lab, files, undercloudEnv, reads, groups }: InstallOptions): string {
  const names = Object.keys(installed) as InstalledFile[];
  const stale = names.filter((name) => !files.includes(name)).map((name) => installed[name].path);
  const ofRoot = (paths: readonly string[]) => paths.map((path) => `"$root${path}"`).join(" ");
  return fill(template, {
    values: {
      ...{ LAB: lab, OLDEST: oldestNode, SYSTEMD: oldestSystemd },
      ...{ LIBRARY: libraryFolder, SETTINGS: settingsFolder, LINK: nodeLink, SERVICE: serviceName },
      UNIT: installed[serviceName].path,
      HIDDEN: hiddenFolders.map((folder) => `${folder}/*`).join(" | "),
      FILES: files.join(" "),
      PUT: files.map((name) => `put ${name} ${installed[name].path} ${installed[name].mode}`).join("\n"),
      ALL: ofRoot([...names.map((name) => installed[name].path), nodeLink]),
      STALE: ofRoot(stale),
      ENV: undercloudEnv ?? "",
      AS: groups.length > 0 ? `--groups ${groups.join(",")}` : "--clear-groups",
      MAY_READ: reads.map((path) => `may_read ${path}`).join("\n"),
    },
    parts: {
      env: undercloudEnv !== undefined,
      // A warning only: the file may come later, and its mode may change. 65534 is nobody, as the service's user is.
      reads: reads.length > 0,
      stale: stale.length > 0,
    },
  });
}
