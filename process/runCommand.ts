import { type ChildProcess, spawn } from "node:child_process";
import { basename } from "node:path";

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** "show": both streams go to our stderr; "capture": stdout is returned; "pass": the terminal is the command's. */
  readonly output?: "show" | "capture" | "pass";
  /** Written to its standard input, for what must not be on a command line. */
  readonly input?: string;
  /** Ends the command by TERM. */
  readonly signal?: AbortSignal;
}

export class CommandFailed extends Error {
  constructor(
    command: string,
    readonly status: number,
  ) {
    super(`${command} failed (exit status ${status}): its message is above`);
    this.name = "CommandFailed";
  }
}

/**
 * Runs a command to its end and returns what it wrote to stdout when captured.
 * Ctrl-C reaches the command by the terminal, as it is of the same process group; we wait for it to end by
 * itself, so that Pulumi can finish what it is doing and save its state. A TERM to us alone is passed on.
 * @throws CommandFailed
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { cwd, env = process.env, output = "show", input, signal } = options;
  const stdin = input !== undefined ? "pipe" : output === "pass" ? "inherit" : "ignore";
  const stdout = output === "capture" ? "pipe" : output === "pass" ? "inherit" : 2;
  const child = spawn(command, args, { cwd, env, stdio: [stdin, stdout, 2] as never, signal });
  if (input !== undefined) child.stdin?.end(input);
  const interrupt = () => {}; // the child has had it too
  const terminate = () => child.kill("SIGTERM");
  process.on("SIGINT", interrupt).on("SIGTERM", terminate);
  try {
    const text = readAll(child);
    const status = await new Promise<number>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 143)));
    });
    if (status !== 0) throw new CommandFailed([basename(command), ...args.slice(0, 2)].join(" "), status);
    return await text;
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", terminate);
  }
}

async function readAll(child: ChildProcess): Promise<string> {
  const chunks: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => child.on("close", resolve));
  return Buffer.concat(chunks).toString();
}
