import { pinned, pins } from "./pins";

/** Where Ironic, its agent's kernel and RAM disk and the image to deploy are on an undercloud. */
export const ironicFolder = "/opt/ovb/ironic";

/** An empty database with Ironic's tables: to start the program that makes it takes a minute under emulation. */
export const emptyDatabase = `${ironicFolder}/empty.sqlite`;

/** What an image that has Ironic in it keeps this script under, and where user data writes it otherwise. */
export const installScriptPath = `${ironicFolder}/install.sh`;

/** IPA's and werkzeug's alone are left out: nothing on an undercloud asks for them. */
const constraints = pins.filter((pin) => !/^(ironic-python-agent|pint|pyudev|werkzeug|flex\w+)==/.test(pin));

/**
 * A POSIX shell script, 4 KB, to be run by root: makes /opt/ovb/ironic/venv with bin/{ironic,ironic-dbsync,baremetal}
 * at the pinned versions, an empty database, and installs the distribution's programs that Ironic calls. Does nothing when the venv is
 * complete. For Debian 12, Ubuntu 22.04, CentOS Stream 9 and later; needs their package mirrors and PyPI. The image
 * `ovb-undercloud` is built by this same script, so that both ways give the same.
 * PIP_* and *_proxy in its environment are pip's usual ones.
 */
export const installScript = `#!/bin/sh
# Installs Ironic ${pinned("ironic")} from PyPI into ${ironicFolder}/venv, unless it is there.
set -eu
venv=${ironicFolder}/venv
[ -e $venv/complete ] && exit 0

say() { echo "ovb: $*"; }
fail() { echo "ovb: Ironic cannot be installed: $*" >&2; exit 1; }
# Mirrors and PyPI fail now and then; a first boot has nobody to try again.
patiently() {
  for pause in 5 20 60; do
    "$@" && return
    say "failed: $*; again in $pause s"
    sleep $pause
  done
  "$@" || fail "$*"
}

[ "$(id -u)" = 0 ] || fail "it takes root"
# ipmitool for power; qemu-img to inspect and convert images; genisoimage or xorriso for config drives.
if command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  patiently apt-get -qq update
  patiently apt-get -qq install -y --no-install-recommends python3-venv ipmitool qemu-utils genisoimage ca-certificates >/dev/null
  python=python3
elif command -v dnf >/dev/null; then
  # CentOS Stream 9's own Python is 3.9, too old for some of the pins.
  patiently dnf -q -y install python3.12 python3.12-pip ipmitool qemu-img xorriso ca-certificates
  python=python3.12
else
  fail "neither apt-get nor dnf is here: use Debian, Ubuntu or CentOS, or an image that has $venv"
fi
$python -c 'import sys; sys.exit(sys.version_info < (3, 10))' || fail "Python 3.10 or newer is needed, this is $($python -V)"

rm -rf $venv
mkdir -p ${ironicFolder}
constraints=$(mktemp) database=$(mktemp)
trap 'rm -f "$constraints" "$database" "$database.log"' EXIT
cat >"$constraints" <<'END'
${constraints.join("\n")}
END
say "installing Ironic ${pinned("ironic")} from PyPI"
$python -m venv $venv
patiently $venv/bin/pip install -q --no-cache-dir --disable-pip-version-check -c "$constraints" \\
  ironic==${pinned("ironic")} python-ironicclient==${pinned("python-ironicclient")}
$venv/bin/ironic --version >/dev/null || fail "$venv/bin/ironic does not start"
rm -f ${emptyDatabase}
printf '[database]\nconnection = sqlite:///%s\n' ${emptyDatabase} >"$database"
$venv/bin/ironic-dbsync --config-file "$database" create_schema >"$database.log" 2>&1 ||
  { cat "$database.log" >&2; fail "its database cannot be made"; }
touch $venv/complete
say "Ironic ${pinned("ironic")} is in $venv"
`;
