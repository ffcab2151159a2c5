import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive } from "../../process/alive";

const prefix = "ovb-ssh-";

/** In memory where the system has such a place for each user. */
function parentFolder(): string {
  const runtime = process.env.XDG_RUNTIME_DIR;
  return runtime && statSync(runtime, { throwIfNoEntry: false })?.isDirectory() ? runtime : tmpdir();
}

/**
 * A folder that its owner alone can enter, for a private key and sockets, gone when the work is done, has failed or was
 * interrupted. What a killed run has left goes with the next one.
 */
export async function inPrivateFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const parent = parentFolder();
  removeLeftovers(parent);
  const folder = mkdtempSync(join(parent, `${prefix}${process.pid}-`)); // mode 0700
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove); // process.exit() of whoever
  try {
    return await work(folder);
  } finally {
    process.off("exit", remove);
    remove();
  }
}

/** Those of this user whose process runs no more. */
function removeLeftovers(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = Number(new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1]);
    if (!pid || isAlive(pid)) continue;
    const folder = join(parent, name);
    if (statSync(folder, { throwIfNoEntry: false })?.uid !== process.getuid?.()) continue;
    rmSync(folder, { recursive: true, force: true });
  }
}
