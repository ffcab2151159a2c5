import { stripVTControlCharacters } from "node:util";
import { type Command, InvalidArgumentError } from "commander";
import { consoleNow } from "../../openstack/console";
import { consoleOutput } from "../../openstack/nova";
import type { Session } from "../../openstack/session";
import { Interrupted } from "../../process/interrupt";
import { type ChosenLab, type LabCommandSpec, labCommand } from "../command/labCommand";
import type { Outside } from "../command/outside";
import type { StackChoice } from "../stack/environment";
import { chooseServer, onCloud } from "../stack/labServers";

export interface ConsoleOptions extends StackChoice {
  readonly follow: boolean;
  readonly lines?: number;
  readonly raw: boolean;
}

export function consoleCommand(outside?: Outside): Command {
  const spec: LabCommandSpec<[node: string], ConsoleOptions> = {
    description: "What a node wrote to its serial console, as Nova keeps it. Also: undercloud, bmc.",
    interrupted: "Nothing was changed.",
    define: (command) =>
      command
        .argument("<node>", "its name, such as node-0")
        .option("-f, --follow", "go on with what comes, until Ctrl-C", false)
        .option("-n, --lines <count>", "begin with the last lines only", count)
        .option(
          "--raw",
          "with the guest's terminal control sequences, which this terminal would carry out",
          false,
        ),
  };
  return labCommand("console", spec, show, outside);
}

/** Between looks at a console that is followed. Milliseconds. */
const pauseMs = 1000;

async function show(lab: ChosenLab, name: string, { follow, lines, raw }: ConsoleOptions): Promise<void> {
  const { plan, signal } = lab;
  const chosen = chooseServer(plan, name);
  const write = (text: string) => process.stdout.write(raw ? text : plain(text));
  try {
    const { server } = onCloud(plan, [chosen], await lab.servers())[0]!;
    const shown = await consoleOutput(lab.session, server.id, undefined, signal);
    write(lines === undefined ? shown : lastLines(shown, lines));
    if (follow) await followConsole(lab.session, server.id, shown, write, signal);
  } catch (error) {
    if (!(follow && error instanceof Interrupted)) throw error; // Ctrl-C is how following ends
  }
}

/**
 * Writes what comes, until aborted. A server that is being rebooted, stopped or rebuilt has no console for a moment, which
 * is no end of it; a server that is gone is.
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
    const now = await consoleNow(session, id, signal);
    if (now === undefined) continue;
    write(newText(before, now));
    before = now;
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
