import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { constants } from "node:os";
import { basename } from "node:path";

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /**
   * - "keep": standard output is returned, and a failure shows the end of all that it printed
   * - "capture": standard output is returned; standard error is ours
   * - "show": both go to our standard error
   * - "pass": the terminal is the command's
   * @default "keep"
   */
  readonly output?: "keep" | "capture" | "show" | "pass";
  /** Written to its standard input, which is then closed: for what must not be on a command line. */
  readonly input?: string;
  /** Ends the command; once it has ended, the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** How the signal ends it. @default SIGTERM, and SIGKILL five seconds later */
  readonly killSignal?: "SIGTERM" | "SIGKILL";
  /** A process group of its own, all of which the signal ends. Ctrl-C on the terminal does not reach it. @default false */
  readonly ownGroup?: boolean;
  /** Called for each line of standard output as it comes; for "keep" and "capture". */
  readonly onLine?: (line: string) => void;
}

/** A command that ended otherwise than with 0. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";

  constructor(
    message: string,
    /** As a shell gives it: 128 and the number of the signal that ended it. */
    readonly status: number,
    /** The end of what it printed, where that was kept. */
    readonly printed: string,
  ) {
    super(message);
  }
}

/** A package installation prints megabytes; only its end is ever shown. Characters. */
const mostKept = 20_000;

/**
 * Runs a command to its end and returns its standard output, where that is kept or captured.
 *
 * Where its messages are the user's to see, Ctrl-C reaches it by the terminal, as it is of our process group; we wait for it
 * to end by itself, so that Pulumi can finish what it is doing and save its state. A TERM to us alone is passed on.
 * @throws CommandFailed; Error for a command that is not there
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { cwd, env, input, output = "keep", signal, ownGroup, onLine } = options;
  signal?.throwIfAborted();
  const child = spawn(command, args, { cwd, env, stdio: stdio(options), detached: ownGroup });
  const reader = new Reader(onLine);
  child.stdout?.setEncoding("utf8").on("data", (text: string) => reader.take(text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => reader.keep(text));
  // A command that ends without reading its input is judged by its exit status, not by the broken pipe.
  child.stdin?.on("error", () => {}).end(input);
  const letGo = [endsWith(child, options), output === "keep" ? () => {} : sharesCtrlC(child)];
  try {
    const [code, killedBy] = await ended(child, command);
    signal?.throwIfAborted();
    if (code === 0) return reader.all();
    const status = code ?? 128 + constants.signals[killedBy!];
    if (output !== "keep") {
      const name = [basename(command), ...args.slice(0, 2)].join(" ");
      throw new CommandFailed(`${name} failed (exit status ${status}): its message is above`, status, "");
    }
    const how = killedBy === null ? `exit status ${code}` : `killed by ${killedBy}`;
    const { end } = reader;
    const shown = end.trim().split("\n").slice(-15).join("\n"); // enough to see why, short enough to read
    throw new CommandFailed(`${command} failed (${how}):\n${shown}`, status, end);
  } finally {
    for (const one of letGo) one();
  }
}

/** Runs a command that has the terminal. @returns its exit status, as a shell gives it */
export async function statusOf(
  command: string,
  args: readonly string[],
  options: Omit<RunOptions, "output"> = {},
): Promise<number> {
  try {
    await run(command, args, { ...options, output: "pass" });
    return 0;
  } catch (error) {
    if (error instanceof CommandFailed) return error.status;
    throw error;
  }
}

function stdio({ input, output = "keep" }: RunOptions): SpawnOptions["stdio"] {
  const stdin = input !== undefined ? "pipe" : output === "pass" ? "inherit" : "ignore";
  if (output === "keep") return [stdin, "pipe", "pipe"];
  return [stdin, output === "capture" ? "pipe" : output === "pass" ? "inherit" : 2, 2];
}

function ended(child: ChildProcess, command: string): Promise<[number | null, NodeJS.Signals | null]> {
  return new Promise((resolve, reject) => {
    child.on("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "ENOENT" ? new Error(`the command "${command}" is not on this machine`) : error),
    );
    child.on("close", (code, killedBy) => resolve([code, killedBy]));
  });
}

/** Has the signal end the command. @returns what undoes that */
function endsWith(child: ChildProcess, { signal, killSignal = "SIGTERM", ownGroup }: RunOptions): () => void {
  let killer: NodeJS.Timeout | undefined;
  const kill = (how: NodeJS.Signals) => {
    if (!ownGroup) return child.kill(how);
    try {
      return process.kill(-child.pid!, how);
    } catch {
      return false; // it has just ended
    }
  };
  const stop = () => {
    kill(killSignal);
    if (killSignal !== "SIGKILL") killer = setTimeout(() => kill("SIGKILL"), 5000);
  };
  signal?.addEventListener("abort", stop, { once: true });
  return () => {
    clearTimeout(killer);
    signal?.removeEventListener("abort", stop);
  };
}

function sharesCtrlC(child: ChildProcess): () => void {
  const interrupt = () => {}; // the child has had it too
  const terminate = () => child.kill("SIGTERM");
  process.on("SIGINT", interrupt).on("SIGTERM", terminate);
  return () => process.off("SIGINT", interrupt).off("SIGTERM", terminate);
}

/** What a command prints: all of its standard output, its last lines whatever they were printed to. */
class Reader {
  end = "";
  #out: string[] = [];
  #partial = "";
  readonly #onLine: RunOptions["onLine"];

  constructor(onLine: RunOptions["onLine"]) {
    this.#onLine = onLine;
  }

  take(text: string): void {
    this.#out.push(text);
    this.keep(text);
    if (!this.#onLine) return;
    const lines = (this.#partial + text).split("\n");
    this.#partial = lines.pop() ?? "";
    for (const line of lines) this.#onLine(line);
  }

  keep(text: string): void {
    this.end = (this.end + text).slice(-mostKept);
  }

  all(): string {
    return this.#out.join("");
  }
}
