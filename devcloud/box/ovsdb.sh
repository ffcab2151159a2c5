#!/bin/sh
# An OVSDB server. Arguments: its socket, its database (made when missing), the database's schema.
set -eu
mkdir -p "$(dirname "$1")" "$(dirname "$2")" /var/log/openvswitch
[ -e "$2" ] || ovsdb-tool create "$2" "$3"
rm -f "$1"
exec ovsdb-server "$2" --remote="punix:$1" --unixctl="$1.ctl" --no-chdir
