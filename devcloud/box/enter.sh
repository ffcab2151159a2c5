#!/bin/sh
# Turns the namespaces it is started in (mount and pid at least, see box.ts) into a box with a root of its own,
# then becomes the command given: that command is PID 1 of the box, so it has to reap.
#   OVB_LOWER    read-only layers, upper ones first, separated by colons
#   OVB_UPPER    folder for the box's own changes; empty: in memory, gone with the box
#   OVB_BINDS    lines "host folder|folder in the box"
#   OVB_HOSTNAME set the host name and bring the loopback up (own uts and net namespaces); empty: the host's network
#   OVB_PIDFILE  where to write /proc/self/stat as the host sees it; empty: nowhere
set -eu

# The host's /proc is still mounted here, so this is the process id outside the box.
if [ -n "$OVB_PIDFILE" ]; then
  read -r stat </proc/self/stat
  printf '%s\n' "$stat" >"$OVB_PIDFILE.new"
  mv "$OVB_PIDFILE.new" "$OVB_PIDFILE"
fi

# /sys is the one folder that exists everywhere and that no cache or state folder can be under: the mount on it is
# seen in this mount namespace only.
base=/sys
mount -t tmpfs -o mode=700 tmpfs $base
mkdir $base/root $base/memory
changes=${OVB_UPPER:-$base/memory}
mkdir -p "$changes/upper" "$changes/work"
root=$base/root
# volatile: nothing here outlives its box or has to survive a power cut, so no flush ever waits for the disk.
mount -t overlay -o "lowerdir=$OVB_LOWER,upperdir=$changes/upper,workdir=$changes/work,volatile" overlay $root

mount -t tmpfs -o mode=755,nosuid tmpfs $root/dev
for device in null zero full random urandom tty; do
  : >$root/dev/$device
  mount --bind /dev/$device $root/dev/$device
done
if [ -e /dev/net/tun ]; then
  mkdir $root/dev/net
  : >$root/dev/net/tun
  mount --bind /dev/net/tun $root/dev/net/tun
fi
mkdir $root/dev/pts $root/dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts $root/dev/pts
mount -t tmpfs -o mode=1777 tmpfs $root/dev/shm
ln -s pts/ptmx $root/dev/ptmx
ln -s /proc/self/fd $root/dev/fd
ln -s /proc/self/fd/0 $root/dev/stdin
ln -s /proc/self/fd/1 $root/dev/stdout
ln -s /proc/self/fd/2 $root/dev/stderr
mount -t tmpfs -o mode=755 tmpfs $root/run
mount -t tmpfs -o mode=1777 tmpfs $root/tmp

printf '%s\n' "$OVB_BINDS" | while IFS='|' read -r from to; do
  [ -n "$from" ] || continue
  if [ -d "$from" ]; then mkdir -p "$root$to"; else mkdir -p "$(dirname "$root$to")"; [ -e "$root$to" ] || : >"$root$to"; fi
  mount --bind "$from" "$root$to"
done

if [ -n "$OVB_HOSTNAME" ]; then
  hostname "$OVB_HOSTNAME"
  ip link set lo up
fi

cd $root
mkdir -p .host
pivot_root . .host
cd /
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc -o nosuid,nodev,noexec proc /proc
# No service in the box can turn a knob of the host's kernel; those of a network of the box's own stay writable.
mount --bind /proc/sys /proc/sys
[ -z "$OVB_HOSTNAME" ] || mount --bind /proc/sys/net /proc/sys/net
mount -o remount,bind,ro /proc/sys
umount -l /.host
rmdir /.host 2>/dev/null || true
mount -t sysfs sysfs /sys
mkdir -p /run/lock
unset OVB_LOWER OVB_UPPER OVB_BINDS OVB_PIDFILE
exec "$@"
