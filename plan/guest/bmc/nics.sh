#!/bin/sh
# Made by OVB: the BMC's address and each node's on a NIC of its own, with a routing table of its own.
set -eu
echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore
echo 2 >/proc/sys/net/ipv4/conf/all/arp_announce
echo 2 >/proc/sys/net/ipv4/conf/all/rp_filter

nic() {
  table=$1 mac=$2 address=$3 device= tries=0
  while :; do
    for path in /sys/class/net/*; do
      if [ "$(cat "$path/address")" = "$mac" ]; then device=${path##*/}; fi
    done
    [ -z "$device" ] || break
    tries=$((tries + 1))
    if [ $tries -gt 30 ]; then echo "ovb-bmc: no NIC with MAC $mac" >&2; exit 1; fi
    sleep 1
  done
  ip link set "$device" up
  ip address replace "$address/@PREFIX@" dev "$device"
  ip route replace @CIDR@ dev "$device" src "$address" proto kernel table "$table"
  # @if gateway
  ip route replace default via @GATEWAY@ dev "$device" src "$address" proto kernel table "$table"
  # @end
  while ip rule del pref "$table" 2>/dev/null; do :; done
  ip rule add pref "$table" from "$address" lookup "$table" protocol kernel
}

@NICS@
