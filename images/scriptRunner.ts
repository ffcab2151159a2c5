import { CommandFailed, run } from "../process/run";

/**
 * Runs a shell script with `sh -eu`, with outDir as its working directory, and resolves when it has ended well.
 * Rejects with an error whose text keeps the end of what the script printed.
 * Where it runs is the runner's business: on this machine, or inside a Debian root that has the tools.
 */
export type ScriptRunner = (script: string, outDir: string) => Promise<void>;

/** Enough to see the reason, short enough for one screen. */
const mostShown = 2000;

/** Runs the script on this machine, as this user. */
export const hostRunner: ScriptRunner = (script, outDir) =>
  runScript(["sh", "-eu", "-c", script], outDir, process.env);

export interface IsolatedOptions {
  /** Ends the script and all that it started, at once. */
  signal: AbortSignal;
  /** Called with each line of standard output. */
  onLine: (line: string) => void;
  /** For the script, besides PATH, HOME and LC_ALL. */
  env: Readonly<Record<string, string>>;
}

/**
 * Runs scripts on this machine as root in mount and process namespaces of their own, as something that mounts and
 * starts daemons' installers needs it: however it ends, it leaves neither mounts nor processes.
 */
export function isolatedRunner({ signal, onLine, env }: IsolatedOptions): ScriptRunner {
  const isolation = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"];
  return (script, outDir) => {
    const argv = ["setpriv", "--pdeathsig", "KILL", "--", ...isolation, "sh", "-eu", "-c", script];
    const { PATH, HOME } = process.env;
    return runScript(argv, outDir, { PATH, HOME, LC_ALL: "C.UTF-8", ...env }, { signal, onLine });
  };
}

async function runScript(
  [command, ...args]: readonly string[],
  cwd: string,
  environment: NodeJS.ProcessEnv,
  { signal, onLine }: Partial<IsolatedOptions> = {},
): Promise<void> {
  // Debian leaves sfdisk and mkfs.vfat out of an ordinary user's PATH, though they work on plain files.
  const env = { ...environment, PATH: `${environment.PATH ?? ""}:/usr/sbin:/sbin` };
  try {
    await run(command!, args, { cwd, env, signal, killSignal: "SIGKILL", onLine });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    const said = error.printed.slice(-mostShown).trim();
    throw new Error(`script ended with status ${error.status}: ${said || "no message"}`);
  }
}
