import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { inventory } from "./tenant";
import type { TestLab } from "./testLab";

/**
 * Starts `ovb up` and kills it, Pulumi and its plugins by KILL.
 * @param moment what it has said by then
 * @returns false when it had ended before, well
 * @throws Error with what it said, when it failed before
 */
export async function killUp(lab: TestLab, moment: (text: string) => boolean, delayMs = 0): Promise<boolean> {
  const up = spawn(process.execPath, lab.command("up", ["--no-boot"]), {
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let text = "";
  const ended = new Promise<boolean>((resolve, reject) =>
    up.on("close", (status, signal) => {
      if (status === 0 || signal) resolve(false);
      else reject(new Error(`up failed before it was to be killed:\n${text}`));
    }),
  );
  const reached = new Promise<boolean>((resolve) => {
    up.stderr!.on("data", (chunk: Buffer) => {
      text += chunk;
      if (moment(text)) resolve(true);
    });
  });
  if (!(await Promise.race([reached, ended]))) return false;
  if (!(await Promise.race([sleep(delayMs, true), ended]))) return false;
  process.kill(-up.pid!, "SIGKILL");
  await ended;
  await settled();
  return true;
}

/** Until the APIs have worked off what the killed process had asked them for. */
async function settled(): Promise<void> {
  let before = "";
  for (let same = 0; same < 2; ) {
    await sleep(1000);
    const now = JSON.stringify(await inventory());
    same = now === before ? same + 1 : 0;
    before = now;
  }
}
