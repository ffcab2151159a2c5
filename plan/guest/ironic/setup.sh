#!/bin/sh
set -eu
say() { echo "ovb: $*"; }
fail() { say "Ironic cannot start: $*" >&2; exit 1; }
umask 022

sh @INSTALL@
python=@FOLDER@/venv/bin/python

# @if fetch
# fetch FILE URL SHA256
fetch() {
  mkdir -p @IPA@
  for pause in 5 20 60 0; do
    if $python - "$2" "@IPA@/$1.new" <<'END'
import shutil, sys, urllib.request
with urllib.request.urlopen(sys.argv[1], timeout=60) as answer, open(sys.argv[2], "wb") as file:
    shutil.copyfileobj(answer, file)
END
    then
      echo "$3  @IPA@/$1.new" | sha256sum --quiet -c - || fail "$2 has another SHA-256 than configured"
      mv "@IPA@/$1.new" "@IPA@/$1"
      return
    fi
    say "$2 cannot be fetched; again in $pause s"
    sleep $pause
  done
  fail "$2 cannot be fetched"
}
# @end
# @if kernel
if ! echo "@KERNEL_SHA256@  @IPA@/kernel" | sha256sum --status -c - 2>/dev/null; then
  say "fetching kernel"
  fetch kernel @KERNEL_URL@ @KERNEL_SHA256@
fi
# @end
# @unless kernel
[ -s @IPA@/kernel ] || fail "@IPA@/kernel is not in this image: set ovb:undercloud.ironic.kernel"
# @end
# @if ramdisk
if ! echo "@RAMDISK_SHA256@  @IPA@/ramdisk" | sha256sum --status -c - 2>/dev/null; then
  say "fetching ramdisk"
  fetch ramdisk @RAMDISK_URL@ @RAMDISK_SHA256@
fi
# @end
# @unless ramdisk
[ -s @IPA@/ramdisk ] || fail "@IPA@/ramdisk is not in this image: set ovb:undercloud.ironic.ramdisk"
# @end

id @USER@ >/dev/null 2>&1 || useradd --system --home-dir @STATE@ --shell /usr/sbin/nologin @USER@
for folder in . tmp httpboot httpboot/pxelinux.cfg tftp images master/tftp master/instance certificates agent-logs lock; do
  install -d -o @USER@ -g @USER@ @STATE@/$folder
done
for script in boot.ipxe inspector.ipxe; do
  install -m 0644 -o @USER@ -g @USER@ @CONFIG@/$script @HTTP@/$script
done
# What the image brings to deploy.
[ ! -d @FOLDER@/deploy ] || ln -sfn @FOLDER@/deploy @HTTP@/deploy

if [ ! -s @HTPASSWD@ ]; then
  # The password is read from its file: a command line is for everybody to see.
  $python - @USERNAME@ @PASSWORD@ >@HTPASSWD@.new <<'END'
import bcrypt, sys
with open(sys.argv[2], "rb") as file:
    print(sys.argv[1] + ":" + bcrypt.hashpw(file.read().strip(), bcrypt.gensalt(8)).decode())
END
  chown root:@USER@ @HTPASSWD@.new
  chmod 0640 @HTPASSWD@.new
  mv @HTPASSWD@.new @HTPASSWD@
fi
[ -s @CERTIFICATE@ ] || openssl req -x509 -new -key @KEY@ -subj /CN=@HOSTNAME@ -days 3650 -out @CERTIFICATE@
# Another version of Ironic is another VM: nothing is ever to be upgraded.
[ -s @STATE@/ironic.sqlite ] || install -o @USER@ -g @USER@ -m 0600 @DATABASE@ @STATE@/ironic.sqlite
say "Ironic is set up"
