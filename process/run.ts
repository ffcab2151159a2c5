import { spawn } from "node:child_process";

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Written to the command's standard input, which is then closed. */
  input?: string;
  /** Ends the command (SIGTERM, SIGKILL five seconds later); the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Called for each line of standard output as it comes. */
  onLine?: (line: string) => void;
}

/** The last lines of what a failed command printed: enough to see why, short enough to read. */
function tail(text: string): string {
  return text.trim().split("\n").slice(-15).join("\n");
}

/**
 * Runs a command to its end and returns its standard output.
 * Throws an error that names the command and ends with the last lines it printed.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  options.signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env,
      stdio: ["pipe", "pipe", "pipe"],
    });
    let out = "";
    let all = "";
    let partial = "";
    const keep = (text: string): void => {
      // A package installation prints megabytes; only its end is ever shown.
      all = (all + text).slice(-20_000);
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
      keep(text);
      if (options.onLine === undefined) return;
      const lines = (partial + text).split("\n");
      partial = lines.pop() ?? "";
      for (const line of lines) options.onLine(line);
    });
    child.stderr.setEncoding("utf8").on("data", keep);
    // A command that ends without reading its input is judged by its exit status, not by the broken pipe.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");

    let killer: NodeJS.Timeout | undefined;
    const stop = (): void => {
      child.kill("SIGTERM");
      killer = setTimeout(() => child.kill("SIGKILL"), 5000);
    };
    options.signal?.addEventListener("abort", stop, { once: true });
    const settle = (error?: Error): void => {
      clearTimeout(killer);
      options.signal?.removeEventListener("abort", stop);
      if (options.signal?.aborted) reject(options.signal.reason as Error);
      else if (error !== undefined) reject(error);
      else resolve(out);
    };
    child.on("error", (error: NodeJS.ErrnoException) =>
      settle(error.code === "ENOENT" ? new Error(`the command "${command}" is not on this machine`) : error),
    );
    child.on("close", (code, killedBy) => {
      if (code === 0) return settle();
      const how = killedBy === null ? `exit status ${code}` : `killed by ${killedBy}`;
      settle(new Error(`${command} failed (${how}):\n${tail(all)}`));
    });
  });
}
