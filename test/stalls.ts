import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";

/*
 * `npm run check:stalls [-- --runs 3 --busy 4 FILES…]`: the unit tests on a machine that is busy and stands still at
 * random: vitest's processes are stopped for up to 0.8 s, again and again, beside so many threads that only turn. A test
 * that fails here and not in quiet has a limit in real time, or races something that it should hold. Needs Linux.
 */
const { values: options, positionals: files } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: "string", default: "3" }, busy: { type: "string", default: "4" } },
});
const stallsMs = [30, 100, 200, 400, 800];

function children(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    return []; // it has ended
  }
}

const random = <T>(of: readonly T[]): T | undefined => of[Math.floor(Math.random() * of.length)];

function signal(pid: number, name: "SIGSTOP" | "SIGCONT"): void {
  try {
    process.kill(pid, name);
  } catch {
    // it has ended
  }
}

async function stall(pid: number, until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    await sleep(50 + Math.random() * 550);
    const worker = random(children(pid));
    if (worker === undefined) continue;
    signal(worker, "SIGSTOP");
    await sleep(random(stallsMs));
    signal(worker, "SIGCONT");
  }
}

async function main(): Promise<void> {
  let interrupted = false;
  let child: ChildProcess | undefined;
  // Not our end: a process that was stopped by us would stay so.
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.on(name, () => {
      interrupted = true;
      child?.kill(name);
    });
  const busy = Array.from({ length: Number(options.busy) }, () => new Worker("for (;;);", { eval: true }));
  const vitest = join(__dirname, "..", "node_modules", "vitest", "vitest.mjs");
  for (let run = 1; run <= Number(options.runs) && !interrupted; run++) {
    console.log(`run ${run} of ${options.runs}`);
    const args = [vitest, "run", "--project", "unit", "--reporter=dot", ...files];
    child = spawn(process.execPath, args, { stdio: "inherit" });
    const ended = new AbortController();
    const stalled = stall(child.pid!, ended.signal);
    const [status] = (await once(child, "exit")) as [number | null];
    ended.abort();
    await stalled;
    if (status !== 0) process.exitCode = 1;
  }
  await Promise.all(busy.map((thread) => thread.terminate()));
}

void main();
