import { homedir } from "node:os";
import { join } from "node:path";

/** What can be made again at any time: the Debian root, the Pulumi tools, images. Safe to delete. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "ovb");
}

/** What belongs to running clouds and labs: overlays, logs, passphrases, Pulumi state. */
export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_STATE_HOME || join(env.HOME || homedir(), ".local", "state"), "ovb");
}
