import { readFileSync } from "node:fs";

/**
 * Whether a process of this number runs, whoever's: one that has ended may have left it to another. A killed one that
 * nobody has waited for yet is a zombie, and runs no more; that shows on Linux only.
 */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false; // EPERM: alive, and somebody else's
  }
  try {
    return !ended(parseStat(readFileSync(`/proc/${pid}/stat`, "utf8")).state);
  } catch {
    return true; // no /proc here, or it hides others' processes
  }
}

/** One process of this machine, whatever others have its number later. Linux. */
export interface ProcessId {
  pid: number;
  /** As /proc/PID/stat has it: clock ticks since the machine started. */
  startTime: string;
}

/** Of the text of a /proc/PID/stat. */
export function parseStat(stat: string): ProcessId & { state: string } {
  // "PID (name) STATE PPID ..."; the name may hold blanks and brackets.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { pid: Number.parseInt(stat, 10), state: fields[0] ?? "", startTime: fields[19] ?? "" };
}

/** The identity of a process of this machine; throws when there is no such process. */
export function identify(pid: number): ProcessId {
  const { startTime } = parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
  return { pid, startTime };
}

/** Whether this very process still runs. */
export function isRunning(id: ProcessId): boolean {
  const now = statOf(id);
  return now !== undefined && !ended(now.state);
}

/** Unlike isRunning, true for a zombie as well: its namespaces may still be busy going away. */
export function existsAtAll(id: ProcessId): boolean {
  return statOf(id) !== undefined;
}

/** By the letter of its state, proc(5). */
function ended(state: string): boolean {
  return state === "Z" || state === "X";
}

function statOf({ pid, startTime }: ProcessId): { state: string } | undefined {
  try {
    const now = parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
    return now.startTime === startTime ? now : undefined;
  } catch {
    return undefined;
  }
}
