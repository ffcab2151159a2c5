import { packedIpxe } from "../plan/guest/dnsmasq/dnsmasq";
import { installScript, installScriptPath, ironicFolder } from "../plan/guest/ironic/install";
import { deployImageFile } from "./deployScript";
import { guestPackages, packDisk, systemScript } from "./guestScript";

/** mmdebstrap's hook, in the new root with its package lists, as on a VM with the Internet. */
const hook = `#!/bin/sh
set -eu
root=$1
folder=$root${ironicFolder}
mkdir -p "$folder/ipa" "$folder/deploy"
cp ironic-python-agent.kernel "$folder/ipa/kernel"
cp ironic-python-agent.initramfs "$folder/ipa/ramdisk"
cp --sparse=always ${deployImageFile} "$folder/deploy/"
cp ${deployImageFile}.sha256 "$folder/deploy/"
cp install.sh "$root${installScriptPath}"
chmod 755 "$root${installScriptPath}"
# What a plain PXE ROM fetches, where the undercloud serves DHCP.
mkdir -p "$root${packedIpxe}"
cp -L /usr/lib/ipxe/undionly.kpxe /usr/lib/ipxe/ipxe.efi "$root${packedIpxe}/"
# The builder's certificates, which may know a company's own CA; gone afterwards.
cp /etc/ssl/certs/ca-certificates.crt "$root/tmp/ca.crt"
# systemd-resolved has made it a link to what only runs on the VM; the build makes it one again.
rm -f "$root/etc/resolv.conf"
cp /etc/resolv.conf "$root/etc/resolv.conf"
PIP_CERT=/tmp/ca.crt OVB_TRIES=4 chroot "$root" ${installScriptPath} pypi
rm "$root/tmp/ca.crt"

# Tests, debugging symbols and pip are half of it.
venv=$folder/venv
find "$venv" -depth -type d '(' -name tests -o -name test ')' -exec rm -rf {} +
find "$venv" -name '*.so' -exec strip --strip-unneeded {} +
rm -rf "$venv"/lib/python3*/site-packages/pip "$venv"/bin/pip*
chroot "$root" ${ironicFolder}/venv/bin/ironic --version >/dev/null
`;

/** Leaves kernel, initrd and disk.qcow2, like the guest's; its inputs are IPA's files and the image to deploy. */
export const undercloudScript = `
cat >install.sh <<'SCRIPT'
${installScript}SCRIPT
cat >hook <<'SCRIPT'
${hook}SCRIPT
chmod +x hook
${systemScript({
  packages: [...guestPackages, "dnsmasq-base"],
  rootDevice: "/dev/vda",
  hook: "hook",
  // Compressed: a third of the bytes to upload and to convert, and quickly read.
  pack: packDisk("2G", "-c -o compression_type=zstd -O qcow2"),
})}
rm install.sh hook ironic-python-agent.kernel ironic-python-agent.initramfs ${deployImageFile} ${deployImageFile}.sha256
`;
