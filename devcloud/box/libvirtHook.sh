#!/bin/sh
# libvirt calls it with a domain's name and what happens to it, the domain's XML on standard input.
# Nova's rescue and unrescue start the domain anew without plugging its ports: its taps are new devices of the same names,
# and the switch goes on reading the sockets of those that went ("Network is down"), so that a rescued node has no network
# while Nova and Neutron say ACTIVE. So each tap of a domain that starts is plugged again; in two transactions, as in one the
# switch would see no change.
# In between the tap is set up, while nobody else changes its flags. Any other start plugs the port before the tap is there: the
# switch takes it as soon as it appears, remembers its flags, and adds PROMISC to those it remembers when its threads have taken
# the port in. A tap that libvirt has set up meanwhile is down again then, and nobody notices.
set -eu
domain=$(cat)
[ "${2:-}" = started ] || exit 0
for tap in $(echo "$domain" | grep -o "target dev='tap[^']*'" | cut -d"'" -f2); do
  ids=$(ovs-vsctl --bare --if-exists get Interface "$tap" external_ids)
  [ -n "$ids" ] || continue
  # OVN's own notes about the last plugging are not for the next one.
  ids=$(echo "$ids" | sed 's/ovn-installed[^,}]*, *//g; s/, *ovn-installed[^,}]*//g')
  ovs-vsctl --timeout=60 --if-exists del-port br-int "$tap"
  ip link set "$tap" up
  ovs-vsctl --timeout=60 add-port br-int "$tap" -- set Interface "$tap" "external_ids=$ids"
done
