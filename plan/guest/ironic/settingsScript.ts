import { fill, guestFile } from "../guestFile";
import { apiPort, configFolder, deployFolder, ipaFolder } from "./conf";

const template = guestFile("ironic/settings.py");

/** Python; beside the proxy, which imports it. */
export const settingsScriptPath = "/usr/local/lib/ovb/ovb_ironic_settings.py";
/** What the VM was made with. */
export const firstSettings = `${configFolder}/settings.json`;
/** What of Ironic's configuration can change; read after ironic.conf. */
export const settingsConf = `${configFolder}/settings.conf`;
/** The proxy's, which no process of root's trusts: what was put last, and whether root has to look. */
export const proxyState = "/var/lib/private/ovb-ironic-tls";
/** Root's word on what it has applied. */
export const statusFile = "/run/ovb-ironic-settings/status.json";

/**
 * `python3 SCRIPT apply`, by root: applies what was put last, or what the VM was made with. Keys of the image's default
 * user go into a block of ours in its authorized_keys; IPA is fetched, checked and swapped in; Ironic is restarted where
 * its settings are others, once no node is in a transient state. `python3 SCRIPT keys HOME` does the first part, as that user.
 *
 * The proxy imports `check`: the same rules for who takes settings in and for who applies them.
 */
export function settingsScript({ address, username }: { address: string; username: string }): string {
  return fill(template, {
    values: {
      USERNAME: JSON.stringify(username).slice(1, -1),
      ...{ ADDRESS: address, PORT: apiPort, PROXY: proxyState, STATUS: statusFile, IPA: ipaFolder },
      DEPLOY: deployFolder,
      ...{ FIRST: firstSettings, CONF: settingsConf, CONFIG: configFolder },
    },
  });
}
