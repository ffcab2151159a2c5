#!/bin/sh
# Made by `npx ovb sync-service`: sync of the lab @LAB@ as a service. For root, on the undercloud:
#   sh install.sh [--node PATH]    installs what is in this script's folder, or renews it, and starts it
#   sh install.sh --remove         takes it away
set -eu
umask 022
root=${DESTDIR-}

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
  if [ "$major" -lt @OLDEST@ ]; then echo "install.sh: $found is Node.js $major" >&2; return 1; fi
  real=$(readlink -f "$found")
  case "$found" in /*) ;; *) found=$real ;; esac
  case "${real#"$root"}" in
  @HIDDEN@)
    echo "install.sh: $found is in $(dirname "$real"), where no service sees it" >&2
    return 1 ;;
  esac
  ln -sfn "${found#"$root"}" "$root@LINK@"
}

# @if reads
# Warns of what the service's user, who is nobody else's, may not read.
may_read() {
  [ -e "$root$1" ] || { echo "install.sh: warning: $1 is not there yet; sync does nothing until it is" >&2; return 0; }
  setpriv --reuid 65534 --regid 65534 @AS@ sh -c 'test -r "$1" && { test ! -d "$1" || test -x "$1"; }' sh "$root$1" ||
    echo "install.sh: warning: $1 may not be read by the service: let others read it (chmod), or name a group that may by npx ovb sync-service --group" >&2
}

# @end
remove() {
  if [ -e "$root@UNIT@" ]; then systemctl disable --now @SERVICE@; fi
  rm -f @ALL@
  # The folders stay where somebody else has something in them.
  for folder in @SETTINGS@ /etc/ovb @LIBRARY@; do rmdir "$root$folder" 2>/dev/null || true; done
  systemctl daemon-reload
  systemctl reset-failed @SERVICE@ 2>/dev/null || true
  echo "install.sh: @SERVICE@ and its files are gone"
}

node=
case "$#:${1-}" in
0:) ;;
1:--remove) ;;
2:--node) node=$2 ;;
*) echo "Usage: sh install.sh [--node PATH | --remove]" >&2; exit 2 ;;
esac
[ -n "$root" ] || [ "$(id -u)" = 0 ] || fail "only root can do this: sudo sh install.sh $*"
if [ "${1-}" = --remove ]; then remove; exit; fi

here=$(dirname "$0")
for name in @FILES@; do
  [ -f "$here/$name" ] || fail "$name is not beside it: copy the whole folder that npx ovb sync-service wrote"
done
# @if env
[ -f "$root@ENV@" ] || fail "@ENV@ is not there: put the OS_* variables of this undercloud's Neutron in it, mode 0600"
# @end
systemd=$(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
[ "${systemd:-0}" -ge @SYSTEMD@ ] || fail "systemd @SYSTEMD@ or later is needed, for LoadCredential=, and this is ${systemd:-none}: run npx ovb sync --watch on another machine instead"
mkdir -p "$root@LIBRARY@" "$root@SETTINGS@" "$root/etc/systemd/system"
if [ -n "$node" ]; then
  use_node "$node" || fail "--node $node is no Node.js @OLDEST@ or later that a service can run: install one for all users"
else
  use_node node || use_node nodejs || fail "Node.js @OLDEST@ or later is needed: install it (Debian, Ubuntu: apt-get install nodejs; CentOS Stream 9: dnf module enable nodejs:20, then dnf install nodejs), or say where it is by --node PATH"
fi
@PUT@
# @if stale
rm -f @STALE@
# @end
# @if reads
@MAY_READ@
# @end
systemctl daemon-reload
systemctl enable @SERVICE@
# One that runs already has the credential of before, which is gone.
systemctl restart @SERVICE@
echo "install.sh: @SERVICE@ runs; journalctl -u @SERVICE@ says what it does"
