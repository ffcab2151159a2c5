import { join } from "node:path";
import type { ProcessId } from "../process/alive";
import { run, statusOf } from "../process/run";
import type { Task } from "./api/task";
import { networkCommand } from "./box";

/**
 * This Node with TypeScript, in the cloud's network and the host's file system. Killed when we are: waiting for a cloud
 * whose `up` is gone, it would keep the network's namespace alive.
 */
function taskCommand(first: ProcessId): string[] {
  const node = [process.execPath, "--require", require.resolve("tsx/cjs"), join(__dirname, "api", "task.ts")];
  return ["setpriv", "--pdeathsig", "KILL", "--", ...networkCommand(first, node)];
}

/** Runs one task in the network of a cloud and returns what it printed. Throws with its message when it fails. */
export async function runTask(
  first: ProcessId,
  task: Task,
  options: { signal?: AbortSignal; onLine?: (line: string) => void } = {},
): Promise<string> {
  const [command, ...args] = taskCommand(first);
  try {
    return (await run(command!, args, { ...options, input: JSON.stringify(task) })).trim();
  } catch (error) {
    // "setpriv failed (exit status 1):" says nothing to the reader; the task's own message follows it.
    throw new Error((error as Error).message.replace(/^setpriv failed [^\n]*\n/, ""), { cause: error });
  }
}

/** Runs a task with its output on this process's own; returns its exit status. */
export async function showTask(first: ProcessId, task: Task): Promise<number> {
  const [command, ...args] = taskCommand(first);
  return statusOf(command!, args, { input: JSON.stringify(task) });
}
