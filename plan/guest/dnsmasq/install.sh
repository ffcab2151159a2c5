#!/bin/sh
# Installs dnsmasq, and in @TFTP@ the iPXE that a plain PXE ROM fetches, unless they are there.
set -eu
mkdir -p @TFTP@
has_ipxe() { [ -s @TFTP@/undionly.kpxe ] && [ -s @TFTP@/ipxe.efi ]; }
# Takes what the image or a package has; distributions name the EFI binary differently.
find_ipxe() {
  for folder in @PACKED@ /usr/lib/ipxe /usr/share/ipxe; do
    for file in undionly.kpxe ipxe.efi ipxe-x86_64.efi; do
      name=$(echo $file | sed s/-x86_64//)
      [ -s @TFTP@/$name ] || [ ! -s $folder/$file ] || install -m 0644 $folder/$file @TFTP@/$name
    done
  done
}
find_ipxe
if command -v dnsmasq >/dev/null && has_ipxe; then exit 0; fi

# Mirrors fail now and then; a first boot has nobody to try again.
patiently() {
  for pause in 5 20 60; do
    "$@" && return
    echo "ovb: failed: $*; again in $pause s"
    sleep $pause
  done
  "$@"
}
if command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  patiently apt-get -qq update
  patiently apt-get -qq install -y --no-install-recommends dnsmasq-base ipxe >/dev/null
elif command -v dnf >/dev/null; then
  patiently dnf -q -y install dnsmasq ipxe-bootimgs-x86
else
  echo "ovb: neither apt-get nor dnf is here: use an image that has dnsmasq" >&2
fi
find_ipxe
has_ipxe || echo "ovb: without undionly.kpxe and ipxe.efi only nodes with iPXE on their disk can boot" >&2
command -v dnsmasq >/dev/null
