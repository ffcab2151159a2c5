#!/bin/sh
case $1 in
bound | renew)
  [ -z "$mtu" ] || ip link set "$interface" mtu "$mtu"
  ip addr replace "$ip/${mask:-24}" dev "$interface"
  if [ -n "$staticroutes" ]; then
    set -- $staticroutes
    while [ $# -ge 2 ]; do
      via="via $2"
      [ "$2" = 0.0.0.0 ] && via=
      ip route replace "$1" $via dev "$interface"
      shift 2
    done
  else
    for one in $router; do
      ip route replace default via "$one" dev "$interface"
      break
    done
  fi
  : >/etc/resolv.conf
  for server in $dns; do echo "nameserver $server" >>/etc/resolv.conf; done
  touch "/run/lease/$interface"
  echo "ipa: $(cut -d' ' -f1 /proc/uptime) $interface has $ip, MTU $(cat "/sys/class/net/$interface/mtu")"
  ;;
esac
