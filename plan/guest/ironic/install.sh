#!/bin/sh
# Installs Ironic into @FOLDER@/venv, unless it is there: the distribution's packages where they have @SERIES@ (Debian 13), else
# @IRONIC@ from PyPI. `pypi` as an argument: always the latter. OVB_TRIES: how often at most; default: until it works.
set -eu
venv=@FOLDER@/venv
[ -e $venv/complete ] && exit 0

say() { echo "ovb: $*"; }
fail() { echo "ovb: Ironic cannot be installed: $*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || fail "it takes root"
constraints=$(mktemp) database=$(mktemp) log=$(mktemp) ticker=''
trap 'rm -f "$constraints" "$database" "$log"; [ -z "$ticker" ] || kill "$ticker"' EXIT

# What apt, dnf or pip gave as the reason.
why() { grep -E '^(E|W|ERROR|WARNING|Error)[: ]' "$log" | sort -u | head -n 2 | cut -c 1-300 | tr '\n' ' ' | grep . || tail -n 1 "$log"; }
# A mirror, a proxy or the network may come late, and a first boot has nobody to try again: it does not give up. `ovb up`
# does, by these lines (plan/guest/ironic/installTrouble.ts).
patiently() {
  what=$1 try=0 pause=5
  shift
  until "$@" >"$log" 2>&1; do
    try=$((try + 1))
    say "no way to packages (try $try): $what: $(why)"
    [ "$try" -lt "${OVB_TRIES:-1000000}" ] || fail "$what"
    sleep $pause
    [ $pause -ge 60 ] || pause=$((pause * 3))
  done
}
# A first boot's other apt may hold the lock; a source that does not answer is an error, not a warning.
apt() { apt-get -qq -o DPkg::Lock::Timeout=600 -o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 "$@"; }
lists() { apt -o APT::Update::Error-Mode=any update; }
packages() { apt install -y --no-install-recommends "$@"; }
# Where every instruction is emulated it takes a while.
tick() {
  touch /var/log/dpkg.log
  while sleep 50 >/dev/null 2>&1; do say "installing: $(grep -cs ' status installed ' /var/log/dpkg.log) packages are through"; done
}

from=pypi
# ipmitool for power; qemu-img to inspect and convert images; genisoimage or xorriso for config drives.
if command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  patiently "apt-get update" lists
  found=$(apt-cache policy python3-ironic | sed -n 's/^ *Candidate: *\([0-9]*:\)\{0,1\}\([0-9]*\)\..*/\2/p')
  if [ "$found" = @SERIES@ ] && [ "${1-}" != pypi ]; then from=packages; fi
  if [ $from = packages ]; then needed="python3-ironic python3-ironicclient"; else needed=python3-venv; fi
  say "installing $needed and what they need"
  tick &
  ticker=$!
  # shellcheck disable=SC2086 # words
  patiently "apt-get install" packages $needed ipmitool qemu-utils genisoimage ca-certificates
  kill $ticker
  ticker=''
  python=python3
elif command -v dnf >/dev/null; then
  # CentOS Stream 9's own Python is 3.9, too old for some of the pins.
  patiently "dnf install" dnf -q -y install python3.12 python3.12-pip ipmitool qemu-img xorriso ca-certificates
  python=python3.12
else
  fail "neither apt-get nor dnf is here: use Debian, Ubuntu or CentOS, or an image that has $venv"
fi

rm -rf $venv
mkdir -p @FOLDER@
if [ $from = packages ]; then
  # Where everybody looks for it. Not ironic-common: that has a database, sudo and configuration of its own.
  mkdir -p $venv/bin
  ln -s "$(command -v $python)" $venv/bin/python
  ln -s "$(command -v baremetal)" $venv/bin/baremetal
  for program in ironic:singleprocess ironic-dbsync:dbsync; do
    printf '#!/usr/bin/python3\nimport sys\nfrom ironic.cmd.%s import main\nsys.exit(main())\n' "${program#*:}" >"$venv/bin/${program%:*}"
    chmod 755 "$venv/bin/${program%:*}"
  done
else
  $python -c 'import sys; sys.exit(sys.version_info < (3, 10))' || fail "Python 3.10 or newer is needed, this is $($python -V)"
  cat >"$constraints" <<'END'
@CONSTRAINTS@
END
  say "installing Ironic @IRONIC@ from PyPI"
  $python -m venv $venv
  patiently "pip install" $venv/bin/pip install -q --no-cache-dir --disable-pip-version-check -c "$constraints" \
    ironic==@IRONIC@ python-ironicclient==@CLIENT@
fi
version=$($venv/bin/ironic --version) || fail "$venv/bin/ironic does not start"
rm -f @DATABASE@
printf '[database]
connection = sqlite:///%s
' @DATABASE@ >"$database"
$venv/bin/ironic-dbsync --config-file "$database" create_schema >"$log" 2>&1 ||
  { cat "$log" >&2; fail "its database cannot be made"; }
touch $venv/complete
say "Ironic $version is in $venv"
