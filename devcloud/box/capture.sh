#!/bin/sh
# What passes on one network, as tcpdump records it. Arguments: the network's id, or "external"; a filter; tcpdump's command,
# which gets the interface and the filter beside. With the userspace datapath no interface sees a network's packets, so the
# switch mirrors those of its ports to one of ours. Ports that come later are taken in.
set -eu
network=$1
filter=$2
shift 2
mirror=cap$$
bridge=br-int
[ "$network" != external ] || bridge=br-ex

remove() {
  for of in br-int br-ex; do
    id=$(ovs-vsctl --bare --columns=_uuid find Mirror "name=$1")
    [ -z "$id" ] || ovs-vsctl --timeout=30 remove Bridge "$of" mirrors "$id"
    ovs-vsctl --timeout=30 --if-exists del-port "$bridge" "$1"
  done
}

# Of captures that were killed.
for port in $(ovs-vsctl --bare --columns=name find Mirror); do
  [ -e "/proc/${port#cap}" ] || remove "$port"
done

# Access: what comes from a port with a VLAN tag comes without it.
all=false
[ "$network" != external ] || all=true
ovs-vsctl --timeout=30 add-port "$bridge" "$mirror" -- set Port "$mirror" vlan_mode=access \
  -- set Interface "$mirror" type=internal -- --id=@port get Port "$mirror" \
  -- --id=@mirror create Mirror "name=$mirror" "select_all=$all" output_port=@port \
  -- add Bridge "$bridge" mirrors @mirror >/dev/null

# By id: a tap that is plugged again keeps its name and is another port, which the mirror would not have.
follow() {
  last=
  while [ "$all" = false ]; do
    ids=$(for port in $(/usr/local/lib/devcloud/portsOfNetwork.sh "$network" | sort); do
      ovs-vsctl --if-exists get Port "$port" _uuid
    done | grep . | paste -sd,)
    if [ "$ids" != "$last" ]; then
      ovs-vsctl --timeout=30 set Mirror "$mirror" "select_src_port=[$ids]" "select_dst_port=[$ids]" && last=$ids
    fi
    sleep 0.5
  done
}
follow &
follower=$!
# Signals are for the command: it ends, and then we do.
trap : INT TERM HUP QUIT
trap 'kill "$follower" || true; remove "$mirror"' EXIT
echo 1 >"/proc/sys/net/ipv6/conf/$mirror/disable_ipv6"
ip link set "$mirror" up
"$@" -i "$mirror" "$filter"
