import { guestDebian } from "../images/debian";

/*
 * How the guest is made and, mostly, how it is made to boot fast where every instruction is emulated: to
 * cloud-init's last message it takes half the instructions of Debian's defaults (docs/images.md has the figures).
 * Everything in it is Debian's own; what is left out is what a lab VM of some hours never needs.
 */

/** Packages of the guest for undercloud and BMC VMs. */
export const guestPackages = [
  "linux-image-cloud-amd64",
  "systemd-sysv",
  "systemd-resolved",
  "udev",
  "dbus",
  "cloud-init",
  "busybox-static",
  "e2fsprogs",
  "ca-certificates",
  "sudo",
  "python3",
  "nodejs",
  "openssh-server",
  "iproute2",
  "iputils-ping",
  "iputils-arping",
  "curl",
  "tcpdump",
  "ipmitool",
];

/**
 * Only what labs use, which leaves nothing for the second of three stages. ed25519 alone, because an RSA key takes seconds to find. Networks by systemd-networkd directly:
 * netplan's command is one more Python.
 */
const cloudConfig = (growPartition: boolean): string => `users: [default]
disable_root: true
preserve_hostname: false
manage_etc_hosts: localhost
datasource_list: [ConfigDrive, OpenStack, None]
ssh_genkeytypes: [ed25519]
no_ssh_fingerprints: true
ssh: {emit_keys_to_console: false}
cloud_init_modules: [bootcmd, write-files, ${growPartition ? "growpart, " : ""}resizefs, mounts, set_hostname, update_hostname, update_etc_hosts,
  users-groups, ssh, set-passwords]
cloud_config_modules: []
cloud_final_modules: [runcmd, write-files-deferred, scripts-per-once, scripts-per-boot, scripts-per-instance,
  scripts-user, final-message, power-state-change]
system_info:
  distro: debian
  default_user:
    name: debian
    gecos: Debian
    lock_passwd: true
    groups: [adm]
    sudo: ["ALL=(ALL) NOPASSWD:ALL"]
    shell: /bin/bash
  network: {renderers: [networkd]}
  paths: {cloud_dir: /var/lib/cloud/, templates_dir: /etc/cloud/templates/}
  ssh_svcname: ssh
`;

/** Debian's writes each step at DEBUG; warnings go to the console here as they do there. */
const cloudLogging = `log_cfgs:
  - |
    [loggers]
    keys=root
    [handlers]
    keys=console,file
    [formatters]
    keys=plain
    [logger_root]
    level=INFO
    handlers=console,file
    [handler_console]
    class=StreamHandler
    level=WARNING
    formatter=plain
    args=(sys.stderr,)
    [handler_file]
    class=FileHandler
    level=INFO
    formatter=plain
    args=('/var/log/cloud-init.log', 'a', 'UTF-8')
    [formatter_plain]
    format=%(asctime)s %(filename)s[%(levelname)s]: %(message)s
`;

const maskedUnits = [
  // Housekeeping for machines that live for weeks.
  "apt-daily.timer",
  "apt-daily-upgrade.timer",
  "dpkg-db-backup.timer",
  "e2scrub_all.timer",
  "e2scrub_reap.service",
  "fstrim.timer",
  "systemd-tmpfiles-clean.timer",
  "systemd-hwdb-update.service",
  "systemd-pstore.service",
  "systemd-update-utmp.service",
  "systemd-update-utmp-runlevel.service",
  // Nobody can log in there: no account has a password.
  "getty@tty1.service",
  "serial-getty@ttyS0.service",
  // Makes keys of all kinds; cloud-init makes the one that is asked for.
  "sshd-keygen.service",
  // /tmp is on the disk, which there is more of than memory.
  "tmp.mount",
  // For leases that outlive a boot.
  "systemd-networkd-persistent-storage.service",
  "cloud-init-hotplugd.socket",
  // Kernel features no service here uses; each is a process or two at boot.
  "dev-hugepages.mount",
  "dev-mqueue.mount",
  "proc-sys-fs-binfmt_misc.automount",
  "sys-kernel-config.mount",
  "systemd-binfmt.service",
  "sys-fs-fuse-connections.mount",
  "sys-kernel-debug.mount",
  "sys-kernel-tracing.mount",
  "modprobe@configfs.service",
  "modprobe@dm_mod.service",
  "modprobe@drm.service",
  "modprobe@efi_pstore.service",
  "modprobe@fuse.service",
  "modprobe@loop.service",
];

/**
 * In place of initramfs-tools' 15 MB: Debian's cloud kernel has all built in that the root disk needs but virtio_blk. It is
 * unpacked here, not at each boot.
 */
const initScript = (rootDevice: string): string => `#!/bin/busybox sh
busybox mount -t devtmpfs dev /dev
for module in /modules/*; do busybox insmod "$module"; done
tries=0
until busybox mount -t ext4 -o noatime ${rootDevice} /root 2>/dev/null; do
  tries=$((tries + 1))
  if [ $tries -gt 100 ]; then echo "no ext4 file system on ${rootDevice}"; exec busybox poweroff -f; fi
  busybox usleep 100000
done
busybox mount -o move /dev /root/dev
exec busybox switch_root /root /sbin/init
`;

/** What tells one Debian system of ours from another. */
export interface SystemRecipe {
  packages: readonly string[];
  /** The ext4 file system of the system, as its own kernel names it. */
  rootDevice: "/dev/vda" | "/dev/vda2";
  /** An executable in the working folder that gets the new root's path as its argument: mmdebstrap's hook. */
  hook?: string;
  /** Shell at the end, with the finished system in the folder $root: makes of it what is to be left. */
  pack: string;
}

/**
 * A script for `sh -eu` in the folder for the results, which makes a Debian system with cloud-init and leaves
 * there its kernel, its initrd and what `pack` makes. It needs the Debian root's tools.
 */
export function systemScript({ packages, rootDevice, hook, pack }: SystemRecipe): string {
  const customize = hook === undefined ? "" : `--customize-hook="$PWD/${hook}" `;
  return `
root=$PWD/root
mmdebstrap --variant=apt --aptopt='APT::Install-Recommends false' --format=directory \\
  --include=${packages.join(",")} ${customize}${guestDebian.suite} "$root" 2>&1
units=$root/etc/systemd/system

# The kernel, and an initrd with nothing but the drivers of the root disk.
cp "$root"/boot/vmlinuz-* kernel
modules=$(echo "$root"/lib/modules/*)
mkdir -p initrd.d/bin initrd.d/modules initrd.d/dev initrd.d/root
cp "$root/bin/busybox" initrd.d/bin/
number=10
for module in $(chroot "$root" modprobe --set-version "\${modules##*/}" --show-depends virtio_pci | sed -n 's,^insmod ,,p') \\
              $(chroot "$root" modprobe --set-version "\${modules##*/}" --show-depends virtio_blk | sed -n 's,^insmod ,,p'); do
  number=$((number + 1))
  name=\${module##*/}
  name=\${name%.xz}
  ls initrd.d/modules | grep -q -- "-$name\\$" || xzcat -f "$root$module" >"initrd.d/modules/$number-$name"
done
cat > initrd.d/init <<'END'
${initScript(rootDevice)}END
chmod +x initrd.d/init
(cd initrd.d && find . | cpio --quiet -o -H newc) | gzip -n > initrd

cat > "$root/etc/cloud/cloud.cfg" <<'END'
${cloudConfig(rootDevice !== "/dev/vda")}END
rm -f "$root"/etc/cloud/cloud.cfg.d/*
cat > "$root/etc/cloud/cloud.cfg.d/05_logging.cfg" <<'END'
${cloudLogging}END

# Generators run at each boot and each daemon-reload; fstab's is the only one with anything to do here. What
# cloud-init's would find out is known: it is wanted.
mkdir -p "$root/etc/systemd/system-generators" "$units/multi-user.target.wants"
for generator in "$root"/lib/systemd/system-generators/*; do
  [ "\${generator##*/}" = systemd-fstab-generator ] || ln -sf /dev/null "$root/etc/systemd/system-generators/\${generator##*/}"
done
ln -sf /lib/systemd/system/cloud-init.target "$units/multi-user.target.wants/"
for unit in ${maskedUnits.join(" ")}; do ln -sf /dev/null "$units/$unit"; done
chroot "$root" systemctl enable systemd-networkd systemd-resolved ssh 2>&1

# One NIC with an address is enough to go on: a lab's others may have no DHCP at all.
mkdir -p "$units/systemd-networkd-wait-online.service.d" "$root/etc/systemd/journald.conf.d"
cat > "$units/systemd-networkd-wait-online.service.d/any.conf" <<'END'
[Service]
ExecStart=
ExecStart=/lib/systemd/systemd-networkd-wait-online --any --timeout=30
END
printf '[Journal]\\nStorage=volatile\\nRuntimeMaxUse=16M\\n' > "$root/etc/systemd/journald.conf.d/lab.conf"
echo '${rootDevice} / ext4 noatime 0 0' > "$root/etc/fstab"
ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
# Empty, not absent: each VM gets its own, but systemd does not go through all presets as on a first boot.
: > "$root/etc/machine-id"
rm -rf "$root"/boot/* "$root/etc/hostname" "$root"/etc/ssh/ssh_host_* "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* \\
  "$root"/usr/share/doc/* "$root"/usr/share/man/* "$root"/usr/share/locale/* "$root"/usr/share/info
# What systemd does after an update of /usr is done: ldconfig, the journal's catalog (ConditionNeedsUpdate).
touch "$root/etc/.updated" "$root/var/.updated"

${pack}rm -rf "$root" initrd.d disk
`;
}

/**
 * The kernel's command line that boots fastest under emulation: the few lines on the emulated serial port,
 * where each character costs an exit from the guest. Errors and cloud-init's lines still reach Nova's console log.
 * random.trust_cpu spares the wait for entropy; the mitigations guard against nobody here.
 * An emulated timer that is starved at the wrong moment fails the kernel's check of it, which is a panic; under KVM the
 * kernel leaves that check out by itself. After any other panic it boots again instead of standing still for ever.
 */
export function kernelArguments(rootDevice: SystemRecipe["rootDevice"]): string {
  return [
    `root=${rootDevice} rw console=ttyS0 net.ifnames=0`,
    "quiet loglevel=4 systemd.show_status=false",
    "mitigations=off nomodeset random.trust_cpu=on cryptomgr.notests audit=0",
    "no_timer_check panic=10",
    // Drivers that udev would load for what QEMU emulates and no lab needs; they cost seconds.
    "modprobe.blacklist=powernow_k8,psmouse,pcspkr,floppy,i2c_piix4,bochs,sg,parport_pc,serio_raw",
  ].join(" ");
}

/** A file system of the given size as disk.qcow2, without a partition table: the kernel comes from outside. */
export function packDisk(size: string, convert = "-O qcow2"): string {
  return `# Room to start with; cloud-init grows the file system to the flavor's disk.
truncate -s ${size} disk
mke2fs -q -t ext4 -L root -J size=16 -E lazy_itable_init=0,lazy_journal_init=0 -d "$root" disk
qemu-img convert ${convert} disk disk.qcow2
`;
}

/** Leaves kernel, initrd and disk.qcow2. */
export const guestScript = systemScript({
  packages: guestPackages,
  rootDevice: "/dev/vda",
  pack: packDisk("900M"),
});
