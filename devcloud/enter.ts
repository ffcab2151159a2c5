import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { constants } from "node:os";
import type { ProcessId } from "../process/alive";
import { boxEnvironment, insideCommand, networkCommand } from "./box";
import type { Cloud } from "./cloud";
import { accountEnvironment, adminAccount, tenantAccount } from "./credentials";
import { captureScript } from "./network/switch";

const forwarded: NodeJS.Signals[] = ["SIGTERM", "SIGHUP", "SIGQUIT"];

/**
 * Runs a command with this process's terminal, environment as given and signals passed on; returns the exit status
 * a shell would give it (128 + number when a signal ended it).
 */
async function foreground(argv: readonly string[], env: NodeJS.ProcessEnv, stdout?: number): Promise<number> {
  return new Promise((resolve, reject) => {
    // nsenter passes no signal on, so they go to its whole group. On a terminal that group must be ours, or it could
    // not read; there Ctrl-C reaches it by itself.
    const terminal = process.stdin.isTTY;
    const stdio = ["inherit", stdout ?? "inherit", "inherit"] as const;
    const child = spawn(argv[0]!, argv.slice(1), { env, stdio: [...stdio], detached: !terminal });
    const pass = (signal: NodeJS.Signals): void =>
      void (terminal ? child.kill(signal) : process.kill(-child.pid!, signal));
    const interrupt = (): void => void (terminal || pass("SIGINT"));
    for (const signal of forwarded) process.on(signal, pass);
    process.on("SIGINT", interrupt);
    const done = (): void => {
      for (const signal of forwarded) process.off(signal, pass);
      process.off("SIGINT", interrupt);
    };
    child.on("error", (error) => {
      done();
      reject(error);
    });
    child.on("close", (code, signal) => {
      done();
      resolve(signal === null ? (code ?? 0) : 128 + constants.signals[signal]);
    });
  });
}

export interface ExecOptions {
  admin: boolean;
  /** Run the command of the cloud's own root, not the host's. */
  inside: boolean;
  /** Variables that name the lab's iPXE images. */
  images: Readonly<Record<string, string>>;
}

/**
 * Runs a command where the cloud's API is reachable, with an account in its environment. It is the host's command in
 * the host's file system and the current folder; only the network is the cloud's. OVB_DEVCLOUD names the cloud to our own commands, and
 * OVB_LABS_FOLDER tells them where the state of its labs belongs: it ends with the cloud, as the labs do.
 */
export async function exec(cloud: Cloud, command: readonly string[], options: ExecOptions): Promise<number> {
  const { first, record } = cloud.require();
  const account = accountEnvironment(
    options.admin ? adminAccount(record.secrets) : tenantAccount(record.secrets),
  );
  if (options.inside) return foreground(insideCommand(first, command), { ...boxEnvironment(), ...account });
  // A leftover OS_CLOUD, OS_TOKEN or OS_USER_ID of the caller's would win over or contradict the account.
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("OS_"));
  const ours = { OVB_DEVCLOUD: cloud.name, OVB_LABS_FOLDER: cloud.labsFolder, ...options.images };
  return foreground(networkCommand(first, command), { ...Object.fromEntries(own), ...account, ...ours });
}

/** What `capture` is to record. */
export interface CaptureOptions {
  /** Stop after so many packets. */
  count?: number;
  /** Stop after so many seconds. */
  seconds?: number;
  /** Write a pcap file instead of text. */
  file?: string;
  /** tcpdump's filter expression, after any options of its own. */
  filter: readonly string[];
}

/**
 * Records what passes on a network: tcpdump's own text on standard output, line by line as it comes.
 * @param network as api/console.ts's findNetwork gives it
 */
export async function capture(first: ProcessId, network: string, options: CaptureOptions): Promise<number> {
  const { count, seconds, file, filter } = options;
  const tcpdump = ["tcpdump", "-n", ...(file === undefined ? ["-l", "-e"] : ["-U", "-w", "-"])];
  if (count !== undefined) tcpdump.push("-c", String(count));
  // Options of tcpdump's may stand in front of the filter, such as -v.
  const begin = filter.findIndex((word) => !word.startsWith("-"));
  const [flags, words] = begin < 0 ? [filter, []] : [filter.slice(0, begin), filter.slice(begin)];
  tcpdump.push(...flags);
  // SIGINT is how tcpdump is asked to end in good order; timeout then gives its own exit status, 124. In the
  // foreground, or it would be in a process group of its own, where our signals do not reach.
  const limited = seconds === undefined ? [] : ["timeout", "--foreground", "--signal=INT", String(seconds)];
  const output = file === undefined ? undefined : openSync(file, "w", 0o600);
  try {
    const status = await foreground(
      insideCommand(first, ["sh", captureScript, network, words.join(" "), ...limited, ...tcpdump]),
      boxEnvironment(),
      output,
    );
    return status === 124 && seconds !== undefined ? 0 : status;
  } finally {
    if (output !== undefined) closeSync(output);
  }
}
