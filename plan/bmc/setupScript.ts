export interface SetupOptions {
  /** Where the link `node` and the certificate go; it is there already. */
  readonly folder: string;
  /** Node.js as the user configured it: nothing is installed then. */
  readonly nodePath?: string;
  /** What the certificate of Redfish is for; absent: no HTTPS, no certificate. */
  readonly certificate?: { readonly name: string; readonly addresses: readonly string[] };
}

/** The oldest Node.js that the agent is bundled for (agent/service/bundle.ts). */
const oldestNode = 18;

/**
 * A script for `sh` that ends once the agent can be started: FOLDER/node is a Node.js that is new enough, found or
 * installed by the distribution's package manager, and FOLDER/redfish-{cert,key}.pem are there. It runs at each boot and
 * keeps what is there. It does not give up, as a mirror or a network may come later; why it waits is on the console.
 */
export function setupScript({ folder, nodePath, certificate }: SetupOptions): string {
  const san = certificate?.addresses.map((address) => `IP:${address}`).join(",");
  return `#!/bin/sh
# Made by OVB: Node.js for the BMC's agent, and the certificate of its Redfish.
set -u
umask 022
folder=${folder}

say() { echo "ovb-bmc: $*"; }

# Links a Node.js that is new enough.
use_node() {
  path=$(command -v "$1") || return 1
  major=$("$path" -p 'process.versions.node.split(".")[0]' 2>/dev/null) || { say "$path does not run"; return 1; }
  if [ "$major" -lt ${oldestNode} ]; then say "$path is Node.js $major, and ${oldestNode} or later is needed"; return 1; fi
  ln -sfn "$path" "$folder/node"
}

find_node() {
${nodePath ? `  use_node ${nodePath}` : "  use_node node || use_node nodejs"}
}

complete() {
  find_node || return 1
${certificate ? "  command -v openssl >/dev/null || return 1\n" : ""}}

install_packages() {
${nodePath && !certificate ? "" : installPackages(nodePath === undefined, certificate !== undefined)}  return 1
}

pause=5
until complete; do
  if install_packages && complete; then break; fi
  say "${wayOut(nodePath)} Trying again in $pause s."
  sleep $pause
  [ $pause -ge 60 ] || pause=$((pause * 2))
done
say "Node.js is $(readlink "$folder/node")"
${
  certificate
    ? `
cert=$folder/redfish-cert.pem
key=$folder/redfish-key.pem
if [ ! -s "$cert" ] || [ ! -s "$key" ]; then
  umask 077
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256 -days 3650 \\
    -subj "/CN=${certificate.name}" -addext "subjectAltName=DNS:${certificate.name},${san}" \\
    -keyout "$key.new" -out "$cert.new" 2>"$folder/openssl.log" || { say "openssl: $(tail -1 "$folder/openssl.log")"; exit 1; }
  mv "$key.new" "$key"
  mv "$cert.new" "$cert"
  say "made a certificate for Redfish"
fi
`
    : ""
}`;
}

/** CentOS Stream 9 has Node.js 16 unless a module is chosen; Fedora and later Streams have no modules. */
function installPackages(node: boolean, openssl: boolean): string {
  const packages = [...(node ? ["nodejs"] : []), ...(openssl ? ["openssl"] : [])].join(" ");
  const modules = node ? "\n    dnf -qy module enable nodejs:20 >/dev/null 2>&1 || true" : "";
  return `  if command -v apt-get >/dev/null; then
    say "installing ${packages} by apt-get"
    apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -qy --no-install-recommends install ${packages}
    return
  fi
  if command -v dnf >/dev/null; then
    say "installing ${packages} by dnf"${modules}
    dnf -qy --setopt=install_weak_deps=False install ${packages}
    return
  fi
  say "there is neither apt-get nor dnf"
`;
}

function wayOut(nodePath: string | undefined): string {
  return nodePath
    ? `ovb:bmc.nodePath ${nodePath} is no Node.js ${oldestNode} or later here, or openssl is missing.`
    : `No Node.js ${oldestNode} or later (and openssl) could be had from this image or its packages: use an image that ` +
        "has them (ovb:bmc.image), or name Node.js in ovb:bmc.nodePath.";
}
