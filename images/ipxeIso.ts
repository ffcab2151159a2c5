import { type BuildOptions, type BuiltImage, buildImage } from "./buildImage";
import { ipxeScript } from "./ipxeScript";
import { locatePart } from "./ipxeTools";
import { consoleCdBoot } from "./serialConsole";

/**
 * Builds the CD that makes a node boot from the network by Nova's rescue, its own disk kept: iPXE for BIOS
 * (isolinux) and UEFI (a FAT image with EFI/BOOT/BOOTX64.EFI). About 5 MB; a second. Reproducible, as buildIpxeDisk.
 * Packaged ipxe.iso files have neither our script nor, mostly, UEFI.
 * @throws when a tool is missing or fails; missingIpxeTools() tells beforehand.
 */
export function buildIpxeIso(options: BuildOptions): Promise<BuiltImage> {
  return buildImage({ name: "ipxe", format: "iso", minDiskGiB: 0, script: isoScript() }, options);
}

/*
 * A boot script that ends by itself means "boot the next device": the node's own disk. UEFI goes on to it when iPXE
 * ends; under BIOS it is drive 0x80, because SeaBIOS does not count CD-ROMs as disks. Ironic's own scripts do the
 * same for a deployed node. When it cannot be booted, the network is tried again.
 */
const script = ipxeScript([
  "iseq ${platform} efi && exit ||",
  "echo OVB: booting the disk",
  "sanboot --no-describe --drive 0x80 ||",
]);

/*
 * The boot file is consoleCdBoot and then isolinux.bin, whose own boot information table (sector of the volume descriptor,
 * own sector, length, sum of all 32-bit words from byte 64 on; isolinux checks it) is written here but for its sector.
 * isolinux needs SERIAL for what it writes in ways that the handler does not see.
 *
 * No isohybrid MBR: a file that is ISO and disk at once makes format detectors disagree, and this one is always
 * declared as iso.
 */
function isoScript(): string {
  return `export SOURCE_DATE_EPOCH=1577836800 TZ=UTC LC_ALL=C
${locatePart("lkrn")}
${locatePart("efi")}
${locatePart("isolinux")}
${locatePart("ldlinux")}
mkdir cd
cp "$lkrn" cd/ipxe.krn
le32() { printf "$(printf '\\\\%03o\\\\%03o\\\\%03o\\\\%03o' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24)))"; }
length=$(stat -L -c %s "$isolinux")
sum=$(od -A n -v -j 64 -t u4 -w4 "$isolinux" | awk '{ sum = (sum + $1) % 4294967296 } END { printf "%.0f", sum }')
{
  echo ${consoleCdBoot.toString("base64")} | base64 -d
  head -c 8 "$isolinux"
  le32 16; le32 0; le32 $length; le32 $sum
  tail -c +25 "$isolinux"
} > cd/boot.bin
cp "$ldlinux" cd/ldlinux.c32
cp "$efi" BOOTX64.EFI
cat > cd/boot.ipxe <<'END'
${script}END
# The name that iPXE 1.21 and later look for beside the EFI program; Debian 12's is older and boots by itself.
cp cd/boot.ipxe autoexec.ipxe
cat > cd/isolinux.cfg <<'END'
SERIAL 0 115200
DEFAULT ipxe
PROMPT 0
LABEL ipxe
  KERNEL ipxe.krn
  INITRD boot.ipxe
END
touch -d @$SOURCE_DATE_EPOCH BOOTX64.EFI autoexec.ipxe
truncate -s 2880K cd/efi.img
mkfs.vfat -F 12 -n IPXE -i 20570f81 --invariant cd/efi.img > /dev/null
mmd -i cd/efi.img ::EFI ::EFI/BOOT
mcopy -m -i cd/efi.img BOOTX64.EFI autoexec.ipxe ::EFI/BOOT
find cd -exec touch -d @$SOURCE_DATE_EPOCH {} +
xorriso -as mkisofs -quiet -volid IPXE -o image \\
  -b boot.bin -c boot.cat -no-emul-boot -boot-load-size 8 -boot-info-table \\
  -eltorito-alt-boot -e efi.img -no-emul-boot cd
`;
}
