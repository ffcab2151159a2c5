import { hiddenFolders, libraryFolder, nodeLink, serviceName, settingsFolder } from "./serviceUnit";

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
  const put = files.map((name) => `put ${name} ${installed[name].path} ${installed[name].mode}`);
  const stale = names.filter((name) => !files.includes(name));
  const isThere = undercloudEnv
    ? `[ -f "$root${undercloudEnv}" ] || fail "${undercloudEnv} is not there: put the OS_* variables of this undercloud's Neutron in it, mode 0600"\n`
    : "";
  const gone = (list: readonly string[]) => `rm -f ${list.map((path) => `"$root${path}"`).join(" ")}`;
  return `#!/bin/sh
# Made by \`npx ovb sync-service\`: sync of the lab ${lab} as a service. For root, on the undercloud:
#   sh install.sh [--node PATH]    installs what is in this script's folder, or renews it, and starts it
#   sh install.sh --remove         takes it away
set -eu
umask 022
root=\${DESTDIR-}

fail() { echo "install.sh: $*" >&2; exit 1; }

# Of this folder, to its place, whole or not at all, and never readable by more than in the end.
put() {
  rm -f "$root$2.new"
  (umask 077; cat "$here/$1" >"$root$2.new")
  chmod "$3" "$root$2.new"
  mv -f "$root$2.new" "$root$2"
}

# Links a Node.js that is new enough and that the service can see.
use_node() {
  found=$(command -v "$1") || return 1
  major=$("$found" -p 'process.versions.node.split(".")[0]' 2>/dev/null) || { echo "install.sh: $found does not run" >&2; return 1; }
  if [ "$major" -lt ${oldestNode} ]; then echo "install.sh: $found is Node.js $major" >&2; return 1; fi
  real=$(readlink -f "$found")
  case "$found" in /*) ;; *) found=$real ;; esac
  case "\${real#"$root"}" in
  ${hiddenFolders.map((folder) => `${folder}/*`).join(" | ")})
    echo "install.sh: $found is in $(dirname "$real"), where no service sees it" >&2
    return 1 ;;
  esac
  ln -sfn "\${found#"$root"}" "$root${nodeLink}"
}
${reads.length === 0 ? "" : mayRead(groups)}
remove() {
  if [ -e "$root${installed[serviceName].path}" ]; then systemctl disable --now ${serviceName}; fi
  ${gone([...names.map((name) => installed[name].path), nodeLink])}
  # The folders stay where somebody else has something in them.
  for folder in ${settingsFolder} /etc/ovb ${libraryFolder}; do rmdir "$root$folder" 2>/dev/null || true; done
  systemctl daemon-reload
  systemctl reset-failed ${serviceName} 2>/dev/null || true
  echo "install.sh: ${serviceName} and its files are gone"
}

node=
case "$#:\${1-}" in
0:) ;;
1:--remove) ;;
2:--node) node=$2 ;;
*) echo "Usage: sh install.sh [--node PATH | --remove]" >&2; exit 2 ;;
esac
[ -n "$root" ] || [ "$(id -u)" = 0 ] || fail "only root can do this: sudo sh install.sh $*"
if [ "\${1-}" = --remove ]; then remove; exit; fi

here=$(dirname "$0")
for name in ${files.join(" ")}; do
  [ -f "$here/$name" ] || fail "$name is not beside it: copy the whole folder that npx ovb sync-service wrote"
done
${isThere}systemd=$(systemctl --version | sed -n '1s/^systemd \\([0-9]*\\).*/\\1/p')
[ "\${systemd:-0}" -ge ${oldestSystemd} ] || fail "systemd ${oldestSystemd} or later is needed, for LoadCredential=, and this is \${systemd:-none}: run npx ovb sync --watch on another machine instead"
mkdir -p "$root${libraryFolder}" "$root${settingsFolder}" "$root/etc/systemd/system"
if [ -n "$node" ]; then
  use_node "$node" || fail "--node $node is no Node.js ${oldestNode} or later that a service can run: install one for all users"
else
  use_node node || use_node nodejs || fail "Node.js ${oldestNode} or later is needed: install it (Debian, Ubuntu: apt-get install nodejs; CentOS Stream 9: dnf module enable nodejs:20, then dnf install nodejs), or say where it is by --node PATH"
fi
${put.join("\n")}
${stale.length === 0 ? "" : `${gone(stale.map((name) => installed[name].path))}\n`}${reads.map((path) => `may_read ${path}\n`).join("")}systemctl daemon-reload
systemctl enable ${serviceName}
# One that runs already has the credential of before, which is gone.
systemctl restart ${serviceName}
echo "install.sh: ${serviceName} runs; journalctl -u ${serviceName} says what it does"
`;
}

/** A warning only: the file may come later, and its mode may change. 65534 is nobody, as the service's user is. */
function mayRead(groups: readonly string[]): string {
  const as = groups.length > 0 ? `--groups ${groups.join(",")}` : "--clear-groups";
  return `
# Warns of what the service's user, who is nobody else's, may not read.
may_read() {
  [ -e "$root$1" ] || { echo "install.sh: warning: $1 is not there yet; sync does nothing until it is" >&2; return 0; }
  setpriv --reuid 65534 --regid 65534 ${as} sh -c 'test -r "$1" && { test ! -d "$1" || test -x "$1"; }' sh "$root$1" ||
    echo "install.sh: warning: $1 may not be read by the service: let others read it (chmod), or name a group that may by npx ovb sync-service --group" >&2
}
`;
}
