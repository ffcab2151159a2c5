import { copyFileSync, linkSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureIpa } from "../../devcloud/guest";
import { ensureRoot, runInRoot } from "../../devcloud/root";
import { buildIpxeDisk } from "../../images/ipxeDisk";
import { buildIpxeIso } from "../../images/ipxeIso";
import { cacheFolder } from "../../process/folders";

/*
 * The wipefs problem of the article: an image whose boot loader is installed on the node, on a disk that held an iPXE
 * image. In our own IPA RAM disk, on real (virtual) disks, with Debian's GRUB; no cloud.
 */
describe.skipIf(process.getuid?.() !== 0)(
  "GRUB on a disk that held iPXE (needs root, for the Debian root with QEMU)",
  () => {
    const signal = new AbortController().signal;
    const report = (): void => {};
    const folder = mkdtempSync(join(cacheFolder(), "test-wipefs-"));
    let root: string;
    beforeAll(async () => {
      root = await ensureRoot({ report, signal });
      const runner = (script: string, outDir: string) => runInRoot(root, script, outDir, { signal });
      const images = { runner, outDir: join(cacheFolder(), "images"), report };
      copyFileSync((await buildIpxeIso(images)).path, join(folder, "iso"));
      copyFileSync((await buildIpxeDisk(images)).path, join(folder, "disk.qcow2"));
      const [kernel, ramdisk] = await ensureIpa({ root, report, signal });
      linkSync(kernel!, join(folder, "kernel"));
      linkSync(ramdisk!, join(folder, "ramdisk"));
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    /** PID 1 of the node: GRUB as it comes, and after what IPA runs on the disk before it writes an image. */
    const prove = `#!/bin/sh
export PATH=/usr/sbin:/usr/bin PYTHONPATH=/opt/ipa
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs run /run
mkdir -p /tmp /mnt
exec >/dev/console 2>&1
/lib/systemd/systemd-udevd --daemon
udevadm trigger --action=add
udevadm settle
for module in virtio_pci virtio_blk ext4; do modprobe -q $module; done
udevadm settle
install_grub() {
  parted -s /dev/$2 mklabel msdos mkpart primary ext4 1MiB 100%
  udevadm settle
  mkfs.ext4 -q -F /dev/\${2}1
  mount /dev/\${2}1 /mnt
  grub-install --boot-directory=/mnt/boot /dev/$2
  echo "RESULT $1 grub-install ended with $?"
  umount /mnt
}
held() {
  echo "RESULT iso $1:" $(wipefs --noheadings --output TYPE /dev/vdc)
  echo "RESULT disk $1:" $(wipefs --noheadings --output TYPE /dev/vdd)
}
install_grub iso-as-it-is vda
install_grub disk-as-it-is vdb
held before
python3 -c "
from ironic_python_agent import config, disk_utils
for disk in '/dev/vdc', '/dev/vdd':
    disk_utils.destroy_disk_metadata(disk, '')"
held after
install_grub iso-wiped vdc
install_grub disk-wiped vdd
echo RESULT end
echo o >/proc/sysrq-trigger
sleep 60
`;

    it("fails on an ISO, not on our disk, and not on either after IPA's destroy_disk_metadata", async () => {
      const script = `
mkdir -p /var/lib/apt/lists/partial /var/cache/apt/archives/partial
apt-get -qq update
apt-get -qq download grub-pc-bin grub-common grub2-common
for package in *.deb; do dpkg-deb -x "$package" extra; done
cat >extra/prove <<'END'
${prove}END
chmod +x extra/prove
(cd extra && find . | cpio --quiet -o -H newc) >extra.cpio
cp ramdisk both
truncate -s %512 both
cat extra.cpio >>both
qemu-img convert -O raw disk.qcow2 disk
for name in iso disk; do for copy in 1 2; do cp $name $name$copy; truncate -s 256M $name$copy; done; done
drives=
for name in iso1 disk1 iso2 disk2; do drives="$drives -drive file=$name,if=virtio,format=raw"; done
qemu-system-x86_64 -M pc -accel tcg -cpu max -m 1024 -display none -nic none -no-reboot -serial file:console $drives \\
  -kernel kernel -initrd both -append "console=ttyS0 rdinit=/prove quiet"
`;
      await runInRoot(root, script, folder, { signal });
      const console = readFileSync(join(folder, "console"), "latin1").replaceAll("\r", "");
      const results = console.split("\n").flatMap((line) => /^RESULT (.*)$/.exec(line)?.[1] ?? []);
      expect(console).toMatch(/disk with multiple partition labels.*\n.*Embedding is not possible/);
      expect(results).toEqual([
        "iso-as-it-is grub-install ended with 1",
        "disk-as-it-is grub-install ended with 0",
        "iso before: iso9660",
        "disk before: dos",
        "iso after:",
        "disk after:",
        "iso-wiped grub-install ended with 0",
        "disk-wiped grub-install ended with 0",
        "end",
      ]);
    }, 1_800_000);
  },
);
