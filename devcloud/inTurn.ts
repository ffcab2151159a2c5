import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../process/folders";
import type { Progress } from "../process/progress";

/** Milliseconds after which somebody else must have the turn. */
const soon = 2000;

/**
 * Does work of that name while no other process of this machine does, so that two that want the same thing built do not both
 * build it on the same cores: `work` is to look first whether it is there by now. The kernel's lock ends with its holder, however
 * that ends.
 * @param name of a file in the cache
 */
export async function inTurn<T>(
  name: string,
  { report, signal }: Progress,
  work: () => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  mkdirSync(cacheFolder(), { recursive: true });
  // A session of its own: Ctrl-C is for us, who clean up before the next one may begin.
  const holder = spawn(
    "setpriv",
    [
      ...["--pdeathsig", "KILL", "--", "flock", "--no-fork", join(cacheFolder(), `${name}.turn`)],
      ...["sh", "-c", "echo mine; exec cat"],
    ],
    { detached: true, stdio: ["pipe", "pipe", "inherit"] },
  );
  const ended = once(holder, "close");
  const waiting = setTimeout(() => report(`${name}: another process builds it, waiting for that`), soon);
  try {
    const [mine] = await Promise.race([once(holder.stdout, "data", { signal }), ended.then(() => [])]);
    if (!mine) throw new Error(`no lock on ${name}.turn in ${cacheFolder()}: see flock's message above`);
  } catch (error) {
    holder.kill("SIGKILL");
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearTimeout(waiting);
  }
  try {
    return await work();
  } finally {
    holder.kill("SIGKILL");
    await ended.catch(() => {});
  }
}
