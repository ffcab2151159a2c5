import { emptyDatabase, installScriptPath, ironicFolder } from "../../guest/ironic/install";
import type { IronicPlan } from "../../labPlan";
import { configFolder, htpasswd, httpRoot, ipaFolder, stateFolder } from "./conf";

export const ironicUser = "ovb-ironic";
export const tlsCertificate = `${configFolder}/tls.crt`;
export const tlsKey = `${configFolder}/tls.key`;
export const passwordFile = `${configFolder}/password`;

/**
 * Run by root before each start of Ironic; does what is not done yet: Ironic itself and its agent where the image has
 * none, password file, certificate, folders and database. Its output is on the console.
 */
export function ironicSetupScript({ username, kernel, ramdisk }: IronicPlan, hostname: string): string {
  const sources = [
    { file: "kernel", source: kernel },
    { file: "ramdisk", source: ramdisk },
  ];
  return `#!/bin/sh
set -eu
say() { echo "ovb: $*"; }
fail() { say "Ironic cannot start: $*" >&2; exit 1; }
umask 022

sh ${installScriptPath}
python=${ironicFolder}/venv/bin/python

${kernel || ramdisk ? fetchFunction : ""}${sources
  .map(({ file, source }) =>
    source
      ? `if ! echo "${source.sha256}  ${ipaFolder}/${file}" | sha256sum --status -c - 2>/dev/null; then
  say "fetching ${file}"
  fetch ${file} ${quoted(source.url)} ${source.sha256}
fi`
      : `[ -s ${ipaFolder}/${file} ] || fail "${ipaFolder}/${file} is not in this image: set ovb:undercloud.ironic.${file}"`,
  )
  .join("\n")}

id ${ironicUser} >/dev/null 2>&1 || useradd --system --home-dir ${stateFolder} --shell /usr/sbin/nologin ${ironicUser}
for folder in . tmp httpboot httpboot/pxelinux.cfg tftp images master/tftp master/instance certificates agent-logs lock; do
  install -d -o ${ironicUser} -g ${ironicUser} ${stateFolder}/$folder
done
for script in boot.ipxe inspector.ipxe; do
  install -m 0644 -o ${ironicUser} -g ${ironicUser} ${configFolder}/$script ${httpRoot}/$script
done
# What the image brings to deploy.
[ ! -d ${ironicFolder}/deploy ] || ln -sfn ${ironicFolder}/deploy ${httpRoot}/deploy

if [ ! -s ${htpasswd} ]; then
  # The password is read from its file: a command line is for everybody to see.
  $python - ${quoted(username)} ${passwordFile} >${htpasswd}.new <<'END'
import bcrypt, sys
with open(sys.argv[2], "rb") as file:
    print(sys.argv[1] + ":" + bcrypt.hashpw(file.read().strip(), bcrypt.gensalt(8)).decode())
END
  chown root:${ironicUser} ${htpasswd}.new
  chmod 0640 ${htpasswd}.new
  mv ${htpasswd}.new ${htpasswd}
fi
[ -s ${tlsCertificate} ] || openssl req -x509 -new -key ${tlsKey} -subj /CN=${hostname} -days 3650 -out ${tlsCertificate}
# Another version of Ironic is another VM: nothing is ever to be upgraded.
[ -s ${stateFolder}/ironic.sqlite ] || install -o ${ironicUser} -g ${ironicUser} -m 0600 ${emptyDatabase} ${stateFolder}/ironic.sqlite
say "Ironic is set up"
`;
}

/** One word for the shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const fetchFunction = `# fetch FILE URL SHA256
fetch() {
  mkdir -p ${ipaFolder}
  for pause in 5 20 60 0; do
    if $python - "$2" "${ipaFolder}/$1.new" <<'END'
import shutil, sys, urllib.request
with urllib.request.urlopen(sys.argv[1], timeout=60) as answer, open(sys.argv[2], "wb") as file:
    shutil.copyfileobj(answer, file)
END
    then
      echo "$3  ${ipaFolder}/$1.new" | sha256sum --quiet -c - || fail "$2 has another SHA-256 than configured"
      mv "${ipaFolder}/$1.new" "${ipaFolder}/$1"
      return
    fi
    say "$2 cannot be fetched; again in $pause s"
    sleep $pause
  done
  fail "$2 cannot be fetched"
}
`;
