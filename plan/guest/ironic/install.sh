#!/bin/sh
# Installs Ironic @IRONIC@ from PyPI into @FOLDER@/venv, unless it is there.
set -eu
venv=@FOLDER@/venv
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
mkdir -p @FOLDER@
constraints=$(mktemp) database=$(mktemp)
trap 'rm -f "$constraints" "$database" "$database.log"' EXIT
cat >"$constraints" <<'END'
@CONSTRAINTS@
END
say "installing Ironic @IRONIC@ from PyPI"
$python -m venv $venv
patiently $venv/bin/pip install -q --no-cache-dir --disable-pip-version-check -c "$constraints" \
  ironic==@IRONIC@ python-ironicclient==@CLIENT@
$venv/bin/ironic --version >/dev/null || fail "$venv/bin/ironic does not start"
rm -f @DATABASE@
printf '[database]
connection = sqlite:///%s
' @DATABASE@ >"$database"
$venv/bin/ironic-dbsync --config-file "$database" create_schema >"$database.log" 2>&1 ||
  { cat "$database.log" >&2; fail "its database cannot be made"; }
touch $venv/complete
say "Ironic @IRONIC@ is in $venv"
