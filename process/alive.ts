import { readFileSync } from "node:fs";

/** Whether there is a process of this number, whoever's: one that has ended may have left it to another. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // alive, and somebody else's
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
  return now !== undefined && now.state !== "Z" && now.state !== "X";
}

/** Unlike isRunning, true for a zombie as well: its namespaces may still be busy going away. */
export function existsAtAll(id: ProcessId): boolean {
  return statOf(id) !== undefined;
}

function statOf({ pid, startTime }: ProcessId): { state: string } | undefined {
  try {
    const now = parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
    return now.startTime === startTime ? now : undefined;
  } catch {
    return undefined;
  }
}
