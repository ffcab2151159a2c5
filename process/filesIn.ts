import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";

/** Far above what Nova takes; a planner that is given a stranger's configuration is not to swallow a device or a disk. */
const mostBytes = 2 ** 20;

/**
 * Reads files that a configuration names, relative to a folder.
 * @throws Error whose message says why there is none
 */
export function filesIn(folder: string): (path: string) => string {
  return (path) => {
    const file = resolve(folder, path);
    const stat = statSync(file);
    if (!stat.isFile()) throw new Error(`${path} is no file`);
    if (stat.size > mostBytes) throw new Error(`${path} has more than ${mostBytes} bytes`);
    return readFileSync(file, "utf8");
  };
}
