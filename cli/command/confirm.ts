import { createInterface } from "node:readline/promises";
import { type Command, CommanderError } from "commander";
import { tokenInfo } from "../../openstack/keystone";
import type { Session } from "../../openstack/session";
import { interruptible } from "../../process/interrupt";
import { printable } from "./table";

/** What a command is about to do to what is somebody's. */
export interface Deed {
  /** Such as "Destroy the lab ovb-dev of the stack dev". */
  readonly what: string;
  /** Label and value: where it happens, and what will go. */
  readonly facts: readonly (readonly [label: string, value: string])[];
}

export interface Answer {
  /** Given on the command line. */
  readonly yes: boolean;
}

const nobody = "nobody is there to be asked: say --yes when you mean it";
const nothingDone = "Nothing was done.";

/** Adds --yes to a command that takes something away. */
export function asks(command: Command): Command {
  return command.option("-y, --yes", "do not ask", false);
}

/** Wrong usage, exit status 2, before anything happens, where nobody could answer. */
export function requireAnswer(command: Command, { yes }: Answer, advice = nobody): void {
  if (!yes && !somebodyIsThere()) command.error(`error: ${advice}`, { exitCode: 2, code: "ovb.confirm" });
}

/**
 * Says what is about to happen and asks, unless --yes was given.
 * @throws CommanderError, exit status 2, where nobody is there to be asked; Error when the answer is no; Interrupted
 */
export async function confirm({ what, facts }: Deed, { yes }: Answer): Promise<void> {
  process.stderr.write(`${[printable(what), ...lines(facts)].join("\n")}\n`);
  if (yes) return;
  if (!somebodyIsThere()) {
    process.stderr.write(`error: ${nobody}\n`);
    throw new CommanderError(2, "ovb.confirm", nobody);
  }
  if (!(await agreed("Go on? [y/N] "))) throw new Error(nothingDone);
}

/** Where the session works: "mycloud, project demo, region RegionOne". */
export async function whereabouts(session: Session, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const { project } = await tokenInfo(session);
  const cloud = env.OVB_DEVCLOUD
    ? `the devcloud ${env.OVB_DEVCLOUD} on this machine`
    : env.OS_CLOUD || session.auth.authUrl;
  const parts = [
    cloud,
    `project ${project.name || project.id}`,
    ...(session.auth.region ? [`region ${session.auth.region}`] : []),
  ];
  return parts.join(", ");
}

/** Names, and only how many more there are when they are many: "3: a, b, c". */
export function counted(names: readonly string[], most = 12): string {
  const shown = names.slice(0, most).join(", ");
  const more = names.length > most ? ` and ${names.length - most} more` : "";
  return `${names.length}: ${shown}${more}`;
}

/** Whoever has the terminal that we would ask on. */
function somebodyIsThere(): boolean {
  return process.stdin.isTTY === true;
}

function lines(facts: Deed["facts"]): string[] {
  const width = Math.max(0, ...facts.map(([label]) => label.length));
  return facts.map(([label, value]) => `  ${label.padEnd(width)}  ${printable(value)}`);
}

/** @throws Interrupted on Ctrl-C, Ctrl-D and TERM */
function agreed(question: string): Promise<boolean> {
  return interruptible(nothingDone, async (signal) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    const left = new AbortController();
    // On a terminal Ctrl-C is a key, and readline's to see.
    terminal.once("SIGINT", () => process.emit("SIGINT"));
    terminal.once("close", () => left.abort(new Error(nothingDone)));
    const end = AbortSignal.any([signal, left.signal]);
    try {
      return /^y(es)?$/i.test((await terminal.question(question, { signal: end })).trim());
    } catch (error) {
      throw end.aborted ? end.reason : error;
    } finally {
      terminal.close();
    }
  });
}
