import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { existsAtAll, isRunning, type ProcessId, parseStat } from "../process/alive";

/** What to put into a box. */
export interface BoxSpec {
  /** Read-only layers, upper ones first. */
  layers: readonly string[];
  /** Folder for the box's own changes (made when missing); in memory when left out. */
  changes?: string;
  /** Host folders or files and where they appear in the box. */
  binds?: ReadonlyArray<readonly [from: string, to: string]>;
  /** With it the box has network, host name and IPC of its own; without it the network is the host's. */
  hostname?: string;
  /** Where the box's first process writes its identity. */
  pidFile?: string;
  /** End the box when this program ends, even by SIGKILL. */
  endsWithUs?: boolean;
}

const enterScript = join(__dirname, "box", "enter.sh");

/** The part of the environment a program in a box may see: nothing of the host's but the terminal. */
export function boxEnvironment(): NodeJS.ProcessEnv {
  return {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: "/root",
    LC_ALL: "C.UTF-8",
    TERM: process.env.TERM ?? "dumb",
  };
}

/** The command that runs `command` as PID 1 of a new box, and the environment it needs. */
export function boxCommand(
  spec: BoxSpec,
  command: readonly string[],
): { argv: string[]; env: NodeJS.ProcessEnv } {
  for (const path of [...spec.layers, spec.changes ?? ""]) {
    // overlayfs separates its options by commas and its layers by colons.
    if (/[,:|\\]/.test(path)) {
      throw new Error(
        `"${path}" contains one of , : | \\ which a cloud's folders cannot have: set XDG_CACHE_HOME or XDG_STATE_HOME to another folder`,
      );
    }
  }
  const isolation = ["--mount", "--pid", "--fork", "--kill-child"];
  if (spec.hostname !== undefined) isolation.push("--net", "--uts", "--ipc");
  // The kernel ends unshare with us, and --kill-child the box with unshare.
  const tie = spec.endsWithUs ? ["setpriv", "--pdeathsig", "KILL", "--"] : [];
  return {
    argv: [...tie, "unshare", ...isolation, "--", "sh", enterScript, ...command],
    env: {
      ...boxEnvironment(),
      OVB_LOWER: spec.layers.join(":"),
      OVB_UPPER: spec.changes ?? "",
      OVB_BINDS: (spec.binds ?? []).map(([from, to]) => `${from}|${to}`).join("\n"),
      OVB_HOSTNAME: spec.hostname ?? "",
      OVB_PIDFILE: spec.pidFile ?? "",
    },
  };
}

/** The first process of the box that wrote this file, or undefined when there is none or it has ended. */
export function readBoxProcess(pidFile: string): ProcessId | undefined {
  if (!existsSync(pidFile)) return undefined;
  const { pid, startTime } = parseStat(readFileSync(pidFile, "utf8"));
  return isRunning({ pid, startTime }) ? { pid, startTime } : undefined;
}

/**
 * Starts a box that outlives this program, with `command` as its PID 1 and its output in `logFile`.
 * Resolves once the box's root is in place; throws with the end of the log when that fails.
 */
export async function startBox(
  spec: BoxSpec & { pidFile: string },
  command: readonly string[],
  logFile: string,
): Promise<ProcessId> {
  mkdirSync(spec.changes ?? "/", { recursive: true, mode: 0o700 });
  const { argv, env } = boxCommand(spec, command);
  const log = openSync(logFile, "a", 0o600);
  const child = spawn(argv[0]!, argv.slice(1), {
    detached: true,
    stdio: ["ignore", log, log],
    env,
    cwd: "/",
  });
  let ended = false;
  child.on("error", () => {
    ended = true;
  });
  child.on("exit", () => {
    ended = true;
  });
  child.unref();
  while (!ended) {
    const first = readBoxProcess(spec.pidFile);
    // enter.sh's last step is to become the command, which gives the process another name.
    if (first !== undefined && !readCommandLine(first.pid).includes(enterScript)) return first;
    await sleep(20);
  }
  throw new Error(`the box did not start:\n${readFileSync(logFile, "utf8").slice(-2000)}`);
}

function readCommandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return enterScript;
  }
}

/** The command that runs `command` in all namespaces of a running box, in its root folder (where its PID 1 is). */
export function insideCommand(first: ProcessId, command: readonly string[]): string[] {
  const target = ["--target", String(first.pid)];
  return [
    "nsenter",
    ...target,
    "--mount",
    "--pid",
    "--net",
    "--uts",
    "--ipc",
    "--root",
    "--wd",
    "--",
    ...command,
  ];
}

/** The command that runs `command` of the host in the network of a running box. */
export function networkCommand(first: ProcessId, command: readonly string[]): string[] {
  return ["nsenter", "--target", String(first.pid), "--net", "--", ...command];
}

/**
 * Ends a box: the kernel ends every process in it when its first one dies, and with the last process the
 * namespaces, mounts and interfaces go. Resolves when the first process is gone, which is after all others.
 */
export async function killBox(first: ProcessId): Promise<void> {
  if (isRunning(first)) process.kill(first.pid, "SIGKILL");
  for (let waited = 0; existsAtAll(first); waited += 20) {
    if (waited > 30_000) {
      throw new Error(
        `process ${first.pid} does not end although it was killed: it hangs in the kernel, see ps and dmesg`,
      );
    }
    await sleep(20);
  }
}
