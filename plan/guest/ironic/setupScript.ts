import type { IronicPlan } from "../../lab/labPlan";
import { fill, guestFile } from "../guestFile";
import { configFolder, htpasswd, httpRoot, ipaFolder, stateFolder } from "./conf";
import { emptyDatabase, installScriptPath, ironicFolder } from "./install";

const template = guestFile("ironic/setup.sh");

export const ironicUser = "ovb-ironic";
export const tlsCertificate = `${configFolder}/tls.crt`;
export const tlsKey = `${configFolder}/tls.key`;
export const passwordFile = `${configFolder}/password`;

/**
 * Run by root before each start of Ironic; does what is not done yet: Ironic itself and its agent where the image has
 * none, password file, certificate, folders and database. Its output is on the console.
 */
export function ironicSetupScript({ username, kernel, ramdisk }: IronicPlan, hostname: string): string {
  return fill(template, {
    values: {
      ...{ INSTALL: installScriptPath, FOLDER: ironicFolder, DATABASE: emptyDatabase },
      ...{ IPA: ipaFolder, STATE: stateFolder, CONFIG: configFolder, HTTP: httpRoot, HTPASSWD: htpasswd },
      ...{ USER: ironicUser, CERTIFICATE: tlsCertificate, KEY: tlsKey, PASSWORD: passwordFile },
      USERNAME: quoted(username),
      HOSTNAME: hostname,
      ...{ KERNEL_URL: quoted(kernel?.url ?? ""), KERNEL_SHA256: kernel?.sha256 ?? "" },
      ...{ RAMDISK_URL: quoted(ramdisk?.url ?? ""), RAMDISK_SHA256: ramdisk?.sha256 ?? "" },
    },
    parts: {
      fetch: kernel !== undefined || ramdisk !== undefined,
      kernel: kernel !== undefined,
      ramdisk: ramdisk !== undefined,
    },
  });
}

/** One word for the shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
