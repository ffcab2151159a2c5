import { stripVTControlCharacters } from "node:util";
import { type Command, InvalidArgumentError } from "commander";
import { authFromEnvironment } from "../../openstack/auth";
import { hasStatus } from "../../openstack/error";
import { consoleOutput, getServer } from "../../openstack/nova";
import { Session } from "../../openstack/session";
import { Interrupted, interruptible } from "../../process/interrupt";
import { stackCommand } from "../command/stackCommand";
import { project, type StackChoice } from "../stack/environment";
import { chooseServer, onCloud, ownServers } from "../stack/labServers";
import { stackPlan } from "../stack/stackPlan";

export interface ConsoleOptions extends StackChoice {
  readonly follow: boolean;
  readonly lines?: number;
  readonly raw: boolean;
}

export function consoleCommand(): Command {
  return stackCommand("console")
    .description("What a node wrote to its serial console, as Nova keeps it. Also: undercloud, bmc.")
    .argument("<node>", "its name, such as node-0")
    .option("-f, --follow", "go on with what comes, until Ctrl-C", false)
    .option("-n, --lines <count>", "begin with the last lines only", count)
    .option(
      "--raw",
      "with the guest's terminal control sequences, which this terminal would carry out",
      false,
    )
    .action((node: string, options: ConsoleOptions) => show(node, options));
}

/** Between looks at a console that is followed. Milliseconds. */
const pauseMs = 1000;

async function show(name: string, { follow, lines, raw, ...choice }: ConsoleOptions): Promise<void> {
  const plan = stackPlan(project, choice);
  const chosen = chooseServer(plan, name);
  const session = new Session(authFromEnvironment());
  const write = (text: string) => process.stdout.write(raw ? text : plain(text));
  try {
    await interruptible("Nothing was changed.", async (signal) => {
      const { server } = onCloud(plan, [chosen], await ownServers(session, plan, choice, signal))[0]!;
      const shown = await consoleOutput(session, server.id, undefined, signal);
      write(lines === undefined ? shown : lastLines(shown, lines));
      if (follow) await followConsole(session, server.id, shown, write, signal);
    });
  } catch (error) {
    if (!(follow && error instanceof Interrupted)) throw error; // Ctrl-C is how following ends
  }
}

/**
 * Writes what comes, until aborted. A server that is being rebooted, stopped or rebuilt has no console for a moment
 * (Nova answers 404 or 409), which is no end of it; a server that is gone is.
 * @param shown what was written already
 */
export async function followConsole(
  session: Session,
  id: string,
  shown: string,
  write: (text: string) => void,
  signal: AbortSignal,
): Promise<never> {
  for (let before = shown; ; ) {
    await session.sleep(pauseMs, signal);
    try {
      const now = await consoleOutput(session, id, undefined, signal);
      write(newText(before, now));
      before = now;
    } catch (error) {
      if (!hasStatus(error, 404, 409)) throw error;
      await getServer(session, id, signal);
    }
  }
}

/** Nova gives the last 100 KiB of a log (nova/virt/libvirt/driver.py, MAX_CONSOLE_BYTES); what is shorter is whole. */
const wholeBelow = 64 * 1024;
/** Long enough to be there once only, short enough to be whole where the log is cut. */
const overlapLength = 400;

/** What a console has now and had not before. The log of a guest that is started anew begins empty. */
export function newText(before: string, now: string): string {
  if (now.startsWith(before)) return now.slice(before.length);
  const overlap = before.slice(-overlapLength);
  const at = now.length < wholeBelow ? -1 : now.lastIndexOf(overlap);
  return at < 0 ? `\n--- the console began anew ---\n${now}` : now.slice(at + overlap.length);
}

/** @param count how many; an unfinished one at the end counts */
export function lastLines(text: string, count: number): string {
  return text
    .split(/(?<=\n)/)
    .slice(-count)
    .join("");
}

/** Text and line ends: a guest must not drive the terminal. */
export function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll("\r\n", "\n")
    .replace(/[^\P{Cc}\n\t]/gu, "");
}

function count(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is a number of lines, 1 or more.");
}
