import type { IronicPlan } from "../../lab/labPlan";
import { fill, guestFile } from "../guestFile";
import { configFolder, htpasswd, httpRoot, stateFolder } from "./conf";
import { emptyDatabase, installScriptPath, ironicFolder } from "./install";

const template = guestFile("ironic/setup.sh");

export const ironicUser = "ovb-ironic";
export const tlsCertificate = `${configFolder}/tls.crt`;
export const tlsKey = `${configFolder}/tls.key`;
export const passwordFile = `${configFolder}/password`;

/**
 * Run by root before each start of Ironic; does what is not done yet: Ironic itself where the image has none, password
 * file, certificate, folders and database. Its output is on the console. IPA is the settings' affair.
 */
export function ironicSetupScript({ username }: IronicPlan, hostname: string): string {
  return fill(template, {
    values: {
      ...{ INSTALL: installScriptPath, FOLDER: ironicFolder, DATABASE: emptyDatabase },
      ...{ STATE: stateFolder, CONFIG: configFolder, HTTP: httpRoot, HTPASSWD: htpasswd },
      ...{ USER: ironicUser, CERTIFICATE: tlsCertificate, KEY: tlsKey, PASSWORD: passwordFile },
      USERNAME: quoted(username),
      HOSTNAME: hostname,
    },
  });
}

/** One word for the shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
