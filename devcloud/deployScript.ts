import { guestDebian } from "../images/debian";
import { trimModules } from "../images/ironic/ipa";
import { guestPackages, kernelArguments, systemScript } from "./guestScript";

/** A GPT disk: raw, because IPA writes that to the node's disk as it comes and needs no memory for it. */
export const deployImageFile = `${guestDebian.image}.raw`;

const packages = [
  ...guestPackages.filter((name) => !["nodejs", "tcpdump", "ipmitool"].includes(name)),
  // Takes the disk's rest into the last partition but one: the config drive's follows.
  "cloud-guest-utils",
  "systemd-boot-efi",
];

const commandLine = kernelArguments("/dev/vda2");

/*
 * One FAT partition for both firmwares: syslinux, which gptmbr.bin finds by the attribute LegacyBIOSBootable, and
 * systemd-boot under the name that UEFI looks for and that IPA makes a boot entry of. Both start the same kernel.
 */
const pack = `
cp "$root/usr/lib/systemd/boot/efi/systemd-bootx64.efi" BOOTX64.EFI
${trimModules}
rm -rf "$root/usr/lib/systemd/boot" "$root"/usr/lib/udev/hwdb.* "$root"/usr/share/perl5 "$root"/usr/share/i18n \\
  "$root"/usr/share/python-wheels "$root"/var/log/* "$root"/var/cache/debconf/*-old
find "$root/usr/lib/x86_64-linux-gnu/gconv" -name '*.so' ! -name 'UTF*' ! -name ISO8859-1.so ! -name UNICODE.so -delete

cat >syslinux.cfg <<'END'
SERIAL 0 115200
DEFAULT debian
PROMPT 0
LABEL debian
  KERNEL kernel
  INITRD initrd
  APPEND ${commandLine}
END
printf 'timeout 0\\n' >loader.conf
printf 'title Debian ${guestDebian.version}\\nlinux /kernel\\ninitrd /initrd\\noptions ${commandLine}\\n' >debian.conf
truncate -s 24M esp
mkfs.vfat -F 16 -n ESP esp >/dev/null
mmd -i esp ::EFI ::EFI/BOOT ::loader ::loader/entries
mcopy -i esp kernel initrd syslinux.cfg ::
mcopy -i esp BOOTX64.EFI ::EFI/BOOT
mcopy -i esp loader.conf ::loader
mcopy -i esp debian.conf ::loader/entries
syslinux --install esp

# As small as it goes: each MiB is fetched, hashed and written by an emulated node. cloud-init grows it.
mib=$(($(du -sm "$root" | cut -f1) * 108 / 100 + 24))
truncate -s "\${mib}M" part
mke2fs -q -t ext4 -L root -m 0 -J size=4 -E lazy_itable_init=0,lazy_journal_init=0 -d "$root" part
truncate -s "$((mib + 26))M" disk
printf 'label: gpt\\nstart=1MiB, size=24MiB, type=U, attrs="LegacyBIOSBootable", name=esp\\nstart=25MiB, size=%dMiB, type=L, name=root\\n' "$mib" |
  sfdisk -q disk
dd if=esp of=disk bs=1M seek=1 conv=notrunc status=none
dd if=part of=disk bs=1M seek=25 conv=notrunc,sparse status=none
dd if=/usr/lib/syslinux/mbr/gptmbr.bin of=disk bs=440 count=1 conv=notrunc status=none
mv disk ${deployImageFile}
sha256sum ${deployImageFile} >${deployImageFile}.sha256
rm -rf esp part BOOTX64.EFI syslinux.cfg loader.conf debian.conf kernel initrd
`;

/** Leaves the image and beside it its checksum, as sha256sum writes it. */
export const deployScript = systemScript({ packages, rootDevice: "/dev/vda2", pack });
