#!/bin/sh
set -eu
say() { echo "ovb: $*"; }
umask 022

sh @INSTALL@
python=@FOLDER@/venv/bin/python

id @USER@ >/dev/null 2>&1 || useradd --system --home-dir @STATE@ --shell /usr/sbin/nologin @USER@
for folder in . tmp httpboot httpboot/pxelinux.cfg tftp images master/tftp master/instance certificates agent-logs lock; do
  install -d -o @USER@ -g @USER@ @STATE@/$folder
done
for script in boot.ipxe inspector.ipxe; do
  install -m 0644 -o @USER@ -g @USER@ @CONFIG@/$script @HTTP@/$script
done
# What the image, or npx ovb up, brings to deploy.
install -d @FOLDER@/deploy
ln -sfn @FOLDER@/deploy @HTTP@/deploy

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
