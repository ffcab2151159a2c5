import { type BuildOptions, type BuiltImage, buildImage } from "./buildImage";
import { ipxeScript } from "./ipxeScript";
import { locatePart } from "./ipxeTools";
import { consoleMbr } from "./serialConsole";

/**
 * Builds the disk that makes a VM boot from the network: iPXE from an MBR disk with one FAT partition, for BIOS
 * (syslinux starts ipxe.lkrn with our script) and UEFI (EFI/BOOT/BOOTX64.EFI). 16 MiB, about 1.3 MB as qcow2;
 * a second or two. The same tools give the same bytes, so an unchanged image is not uploaded again.
 * @throws when a tool is missing or fails; missingIpxeTools() tells beforehand.
 */
export function buildIpxeDisk(options: BuildOptions): Promise<BuiltImage> {
  return buildImage({ name: "ipxe-disk", format: "qcow2", minDiskGiB: 1, script: diskScript() }, options);
}

/** iPXE's `exit` means "next boot device"; on this disk that is iPXE again, so the script just goes on. */
const script = ipxeScript([]);

/*
 * Why it looks like this:
 * - A partition table, and no file system outside the partition: GRUB refuses to install on a disk that carries a
 *   file system itself (an ISO, a bare FAT; ironic-lib bug 1550604), and embeds itself between the MBR and the
 *   first partition, so that begins at 1 MiB.
 * - Partition type 0xEF: UEFI 2.10 section 13.3.3 wants it of the system partition of an MBR disk. GRUB's msdos
 *   code passes over type 0 and refuses 0xEE (protective MBR); every other type is a partition to it.
 * - syslinux's MBR in sector 1, with its copy of the partition table, because sector 0 is consoleMbr's. syslinux
 *   itself needs SERIAL: but for its banner it writes to the screen in ways that consoleMbr does not see.
 * - FAT16, because EFI and syslinux both read it and 15 MiB are too small for FAT32.
 * - Fixed volume id, disk id and times (SOURCE_DATE_EPOCH for mtools and syslinux): reproducible.
 */
function diskScript(): string {
  return `export SOURCE_DATE_EPOCH=1577836800 TZ=UTC LC_ALL=C
${locatePart("lkrn")}
${locatePart("efi")}
${locatePart("mbr")}
cp "$lkrn" ipxe.krn
cp "$efi" BOOTX64.EFI
cat > boot.ipxe <<'END'
${script}END
# The name that iPXE 1.21 and later look for beside the EFI program; Debian 12's is older and boots by itself.
cp boot.ipxe autoexec.ipxe
cat > syslinux.cfg <<'END'
SERIAL 0 115200
DEFAULT ipxe
PROMPT 0
LABEL ipxe
  KERNEL ipxe.krn
  INITRD boot.ipxe
END
touch -d @$SOURCE_DATE_EPOCH ipxe.krn BOOTX64.EFI boot.ipxe autoexec.ipxe syslinux.cfg
truncate -s 15M part
mkfs.vfat -F 16 -n IPXE -i 20570f80 --invariant part > /dev/null
mmd -i part ::EFI ::EFI/BOOT
mcopy -m -i part BOOTX64.EFI autoexec.ipxe ::EFI/BOOT
mcopy -m -i part ipxe.krn boot.ipxe syslinux.cfg ::
syslinux --install part
truncate -s 16M disk
printf 'label: dos\\nlabel-id: 0x20570f80\\nstart=2048, type=ef, bootable\\n' | sfdisk -q disk
dd if=part of=disk bs=1M seek=1 conv=notrunc status=none
dd if="$mbr" of=disk bs=440 count=1 conv=notrunc status=none
dd if=disk of=disk bs=512 count=1 seek=1 conv=notrunc status=none
echo ${consoleMbr.toString("base64")} | base64 -d | dd of=disk conv=notrunc status=none
qemu-img convert -c -O qcow2 disk image
`;
}
