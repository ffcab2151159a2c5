#!/bin/sh
# DHCP and TFTP for the lab's nodes. It ends where no NIC has the address yet, and is started again.
set -eu
nic=$(ip -o -4 address show to @ADDRESS@/32 | { read -r _ name _ && echo "$name"; }) || {
  echo "ovb: no NIC has @ADDRESS@ yet" >&2
  exit 1
}

# MAC and address of every place where a node may be: nobody else is answered.
others=" @OTHERS@ "
offset=0
while [ $((offset += 1)) -le @LAST@ ]; do
  case "$others" in *" $offset "*) continue ;; esac
  address=$((@BASE@ + offset))
  printf '@MAC@:%02x:%02x,%d.%d.%d.%d\n' $((@OCTET@ + offset / 256)) $((offset % 256)) \
    $((address >> 24)) $((address >> 16 & 255)) $((address >> 8 & 255)) $((address & 255))
done >"$RUNTIME_DIRECTORY/hosts"

exec dnsmasq --keep-in-foreground --conf-file=@CONF@ --interface="$nic" \
  --dhcp-hostsfile="$RUNTIME_DIRECTORY/hosts" --dhcp-leasefile="$STATE_DIRECTORY/leases"
