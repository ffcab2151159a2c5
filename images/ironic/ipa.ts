import { pinned, pins } from "../../plan/guest/ironic/pins";
import { guestDebian } from "../debian";
import { ipaInit, ipaUdhcpc } from "./ipaInit";

/** What ipaScript leaves, by the names that OpenStack's own builds have. */
export const ipaFiles = ["ironic-python-agent.kernel", "ironic-python-agent.initramfs"] as const;

/** Debian packages of the RAM disk: what IPA runs, and nothing that needs systemd. */
const packages = [
  "linux-image-cloud-amd64",
  "udev",
  "kmod",
  // Separate packages in Debian: without mount there is no /proc, and IPA dies for want of /proc/cmdline.
  "mount",
  "procps",
  "busybox-static",
  "python3",
  "iproute2",
  "qemu-utils",
  "gdisk",
  "parted",
  "dosfstools",
  "e2fsprogs",
  "util-linux",
  "ethtool",
  "lshw",
  "dmidecode",
  "pciutils",
  "psmisc",
  "efibootmgr",
  "ca-certificates",
  // To install IPA with; taken out again.
  "python3-venv",
  "binutils",
];

/** Kernel modules that no virtual node has use for, by folder: half of the unpacked RAM disk. */
const unusedModules = {
  net:
    "netfilter sched sunrpc bridge ceph sctp tipc rds dccp vmw_vsock ipv4 ipv6 openvswitch mptcp wireguard key l2tp " +
    "mpls rxrpc 9p kcm smc",
  fs: "nfs nfsd nfs_common smb btrfs ceph ocfs2 gfs2 f2fs jfs nilfs2 afs lockd dlm reiserfs hfs hfsplus ufs orangefs",
  drivers: "infiniband comedi hid target net/ethernet hv gpu staging usb media iio xen mtd nvdimm input",
  "arch/x86": "kvm",
  ".": "sound",
};

/** Shell that removes them from the Debian root $root, which has one kernel. */
export const trimModules = `modules=$(echo "$root"/lib/modules/*)
${Object.entries(unusedModules)
  .map(([folder, names]) => `for name in ${names}; do rm -rf "$modules/kernel/${folder}/$name"; done`)
  .join("\n")}
chroot "$root" depmod "\${modules##*/}"`;

/** In the new root while it has name resolution, devices and /proc: mmdebstrap's hook. */
const installAgent = `#!/bin/sh
set -eu
root=$1
# The builder's certificates, which may know a company's own CA; gone afterwards.
cp /etc/ssl/certs/ca-certificates.crt "$root/tmp/ca.crt"
cp constraints "$root/tmp/constraints"
export PIP_CERT=/tmp/ca.crt
chroot "$root" python3 -m venv /tmp/venv
chroot "$root" /tmp/venv/bin/pip install -q --no-cache-dir --no-compile --disable-pip-version-check --target /opt/ipa \\
  -c /tmp/constraints ironic-python-agent==${pinned("ironic-python-agent")}
cd "$root/opt/ipa"
find . -depth -type d '(' -name tests -o -name test -o -name testsuite ')' -exec rm -rf {} +
find . -name '*.so' -exec chroot "$root" strip --strip-unneeded /opt/ipa/{} ';'
rm -rf bin/yappi
# Or a thousand modules are compiled at each boot, for minutes under emulation.
chroot "$root" python3 -m compileall -q /opt/ipa || true
PYTHONPATH=/opt/ipa chroot "$root" python3 -c 'import ironic_python_agent.cmd.agent'
rm -rf "$root"/tmp/*
`;

/**
 * Run by `sh -eu` in the folder for the results, as root and with the network: leaves ipaFiles there, which boot IPA
 * on a node with virtio NIC and disk, BIOS or UEFI. Needs mmdebstrap, cpio and zstd.
 */
export const ipaScript = `root=$PWD/root
cat >constraints <<'END'
${pins.join("\n")}
END
cat >install-agent <<'END'
${installAgent}END
chmod +x install-agent
# INITRD=No: Debian's own initrd would be built for nothing.
INITRD=No mmdebstrap --variant=apt --aptopt='APT::Install-Recommends "false"' --format=directory \\
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \\
  --dpkgopt='path-exclude=/usr/share/locale/*' --include=${packages.join(",")} \\
  --customize-hook="$PWD/install-agent" ${guestDebian.suite} "$root" 2>&1

cp "$root"/boot/vmlinuz-* ironic-python-agent.kernel
${trimModules}
rm -rf "$root"/boot/* "$root"/var/cache/apt/* "$root"/var/lib/apt "$root"/var/log/* \\
  "$root"/usr/share/perl* "$root"/usr/lib/x86_64-linux-gnu/perl* "$root"/usr/share/zoneinfo \\
  "$root"/usr/bin/perl* "$root"/usr/lib/x86_64-linux-gnu/libperl.so* "$root"/usr/share/python-wheels \\
  "$root"/usr/lib/python3.*/ensurepip "$root"/usr/lib/python3.*/pydoc_data "$root"/var/lib/dpkg "$root"/var/cache/debconf \\
  "$root"/usr/bin/apt* "$root"/usr/bin/dpkg* "$root"/usr/lib/apt "$root"/usr/lib/x86_64-linux-gnu/libapt-pkg.so* \\
  "$root"/usr/lib/udev/hwdb.* "$root"/usr/bin/qemu-io "$root"/usr/bin/qemu-nbd
# What binutils brought.
rm -rf "$root"/usr/bin/*-linux-gnu-* "$root"/usr/lib/x86_64-linux-gnu/gprofng
for library in gprofng bfd opcodes ctf; do rm -f "$root/usr/lib/x86_64-linux-gnu/lib$library"[-.]*; done
find "$root/usr/lib/x86_64-linux-gnu/gconv" -name '*.so' ! -name 'UTF*' ! -name ISO8859-1.so ! -name UNICODE.so -delete

# IPA calls these; without systemd it is the kernel that is asked.
for pair in poweroff:o reboot:b; do
  rm -f "$root/usr/sbin/\${pair%:*}"
  printf '#!/bin/sh\\nsync\\necho %s >/proc/sysrq-trigger\\n' "\${pair#*:}" >"$root/usr/sbin/\${pair%:*}"
  chmod 755 "$root/usr/sbin/\${pair%:*}"
done
mkdir -p "$root/etc/ironic-python-agent.d"
echo '[DEFAULT]' >"$root/etc/ironic-python-agent.d/ipa.conf"
echo 127.0.0.1 localhost ipa >"$root/etc/hosts"
cat >"$root/etc/udhcpc.sh" <<'END'
${ipaUdhcpc}END
cat >"$root/init" <<'END'
${ipaInit}END
chmod 755 "$root/init" "$root/etc/udhcpc.sh"
(cd "$root" && find . -xdev -print0 | cpio --null -o -H newc -R 0:0 --quiet) | zstd -q -T2 -10 -o ironic-python-agent.initramfs
rm -rf "$root" constraints install-agent
`;
