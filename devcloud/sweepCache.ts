import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "../process/alive";
import { cacheFolder } from "../process/folders";

/**
 * Removes what builds that were killed left half done in the cache: folders named after the process that was
 * building them, which is gone. What these builds had running ended with that process.
 */
export function sweepCache(folder = cacheFolder()): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const builder = /^(?:root|cloud|guest|ipa|deploy|undercloud)-[0-9a-f]+\.new-(\d+)$/.exec(name)?.[1];
    if (builder === undefined || isAlive(Number(builder))) continue;
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}
