#!/bin/sh
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
  nic=${nic##*/}
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
