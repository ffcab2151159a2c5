/*
 * The RAM disk's own /init. systemd in its place more than doubles the time to IPA's first line where every
 * instruction is emulated (docs/images.md).
 */

/** PID 1: mounts, drivers, an address on each NIC, then IPA for ever. Each "ipa:" line is seconds since power on. */
export const ipaInit = `#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin PYTHONPATH=/opt/ipa PYTHONUNBUFFERED=1 HOME=/root LANG=C.UTF-8
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /dev/pts /dev/shm /tmp /var/log
mount -t devpts pts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t tmpfs run /run
mkdir -p /run/lock /run/udev /run/lease
# IPA adds a boot entry with efibootmgr.
[ ! -d /sys/firmware/efi ] || mount -t efivarfs efivarfs /sys/firmware/efi/efivars
exec >/dev/console 2>&1 </dev/null
say() { echo "ipa: $(cut -d' ' -f1 /proc/uptime) $*"; }
hostname ipa
ip link set lo up
modprobe -q virtio_net
/lib/systemd/systemd-udevd --daemon
udevadm trigger --action=add
udevadm settle -t 60
say "drivers are loaded"
for nic in /sys/class/net/*; do
  nic=\${nic##*/}
  [ "$nic" = lo ] && continue
  ip link set "$nic" up
  # For ever and in the background: a lab's other NICs may have no DHCP at all, and Neutron's may come late.
  busybox udhcpc -q -i "$nic" -t 10 -T 2 -A 5 -O mtu -O staticroutes -s /etc/udhcpc.sh &
done
tries=0
until [ -n "$(ls /run/lease)" ]; do
  tries=$((tries + 1))
  [ $((tries % 60)) = 0 ] && say "no NIC has an address yet"
  sleep 0.5
done
say "starting the agent"
while :; do
  python3 /opt/ipa/bin/ironic-python-agent --config-dir /etc/ironic-python-agent.d
  say "the agent ended with status $?; once more"
  sleep 3
done
`;

/**
 * What udhcpc calls with a lease: address, MTU (option 26), the first router, the subnet's other routes (option
 * 121; with it RFC 3442 has option 3 ignored), name servers.
 */
export const ipaUdhcpc = `#!/bin/sh
case $1 in
bound | renew)
  [ -z "$mtu" ] || ip link set "$interface" mtu "$mtu"
  ip addr replace "$ip/\${mask:-24}" dev "$interface"
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
`;
