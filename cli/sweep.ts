import { createInterface } from "node:readline/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import { authFromEnvironment } from "../openstack/auth";
import { Session } from "../openstack/session";
import { parseDuration } from "../plan/expiry";
import { Phases } from "./phases";
import { findLeftovers, type LabLeftovers, type Leftover } from "./sweep/leftovers";
import { type Failure, removeLeftovers } from "./sweep/removeLeftovers";
import { localLabs, readStateFile, type StateLabs } from "./sweep/stateFile";
import { sweepJson, sweepTable } from "./sweep/sweepReport";
import { tenantInventory } from "./sweep/tenantInventory";

interface SweepOptions {
  readonly lab: readonly string[];
  /** Milliseconds. */
  readonly olderThan?: number;
  readonly expired: boolean;
  readonly state?: string;
  readonly all: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly format: "text" | "json";
}

export function sweepCommand(): Command {
  return new Command("sweep")
    .description(
      "Find what labs left behind in the tenant that OS_CLOUD or OS_AUTH_URL names, and remove it, without Pulumi and\n" +
        "without its state. Only what carries a lab's tag, or its mark from birth, is touched. A lab goes as a whole:\n" +
        "its age is that of its youngest resource. Several conditions must all hold. Safe to interrupt and repeat.",
    )
    .option("--lab <name>", "this lab only (may be given several times)", collect, [])
    .option("--older-than <duration>", "labs of which nothing was made since: 30m, 6h, 2d, 1w", duration)
    .option("--expired", "labs whose ovb:expires is over", false)
    .option("--state <file>", "the lab of this Pulumi state (`pulumi stack export`), by its ids as well")
    .option("--all", "every lab of the tenant, live ones too", false)
    .option("-n, --dry-run", "only show what would go", false)
    .option("-y, --yes", "do not ask", false)
    .addOption(
      new Option("-f, --format <format>", "how to show it").choices(["text", "json"]).default("text"),
    )
    .action((options: SweepOptions, command: Command) => {
      const named = options.lab.length > 0 || options.olderThan || options.expired || options.state;
      if (!named && !options.all && !options.dryRun)
        command.error(
          "error: say which labs: --lab, --older-than, --expired, --state, or --all (--dry-run shows them all)",
        );
      if (!options.yes && !options.dryRun && (!process.stdin.isTTY || options.format === "json"))
        command.error("error: nobody is there to be asked: say --yes, or --dry-run to look only");
      return sweep(options);
    });
}

function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError("A duration is such as 30m, 6h, 2d or 1w.");
  return ms;
}

/** A round finds what the one before set free, or what a killed run's last request was still making. */
const mostRounds = 5;

async function sweep(options: SweepOptions): Promise<void> {
  const { format, dryRun, yes } = options;
  const phases = new Phases();
  const state = options.state === undefined ? undefined : readStateFile(options.state);
  const session = new Session(authFromEnvironment());
  const controller = new AbortController();
  const { signal } = controller;
  const interrupt = () => controller.abort(new Error("Interrupted. Run the command again to go on."));
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  try {
    const find = async () =>
      select(
        findLeftovers(await tenantInventory(session, signal), state?.ids),
        options,
        state,
        session.now(),
      );
    const found = await find();
    if (format === "text") process.stdout.write(sweepTable(found, localLabs(), session.now()));
    const count = (labs: readonly LabLeftovers[]) => labs.flatMap(({ leftovers }) => leftovers).length;
    if (dryRun || count(found) === 0) {
      if (format === "json") process.stdout.write(sweepJson(found, { dryRun, removed: [], failures: [] }));
      if (!dryRun) failIfAnythingStays(found, []);
      return;
    }
    if (!yes && !(await agreed(count(found), signal))) {
      phases.report("nothing was removed");
      return;
    }
    const removed: Leftover[] = [];
    let failures: readonly Failure[] = [];
    let left = found;
    const total = () => Math.max(count(found), removed.length);
    for (let round = 0; round < mostRounds && count(left) > 0 && !signal.aborted; round++) {
      const before = removed.length;
      const report = (leftover: Leftover) => {
        removed.push(leftover);
        const { kind, name, id } = leftover.resource;
        phases.report(`${removed.length}/${total()}  ${kind} ${name || id} of ${leftover.lab}`);
      };
      const leftovers = left.flatMap((lab) => lab.leftovers);
      ({ failures } = await removeLeftovers(session, leftovers, report, signal));
      if (signal.aborted || removed.length === before) break;
      left = await find();
    }
    if (format === "json") process.stdout.write(sweepJson(found, { dryRun, removed, failures }));
    phases.report(`${removed.length} removed`);
    signal.throwIfAborted();
    failIfAnythingStays(left, failures);
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

function select(
  labs: readonly LabLeftovers[],
  { lab: names, olderThan, expired }: SweepOptions,
  state: StateLabs | undefined,
  nowMs: number,
): LabLeftovers[] {
  return labs.filter(
    ({ lab, madeMs, expiresMs }) =>
      (names.length === 0 || names.includes(lab)) &&
      (state === undefined || state.labs.includes(lab)) &&
      // An unknown age is none that anybody could call old.
      (olderThan === undefined || (madeMs !== undefined && nowMs - madeMs > olderThan)) &&
      (!expired || (expiresMs !== undefined && expiresMs <= nowMs)),
  );
}

async function agreed(count: number, signal: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const things = count === 1 ? "this resource" : `these ${count} resources`;
    return /^y(es)?$/i.test((await terminal.question(`Remove ${things}? [y/N] `, { signal })).trim());
  } finally {
    terminal.close();
  }
}

/** @throws Error that names everything that is still there, and why. */
function failIfAnythingStays(labs: readonly LabLeftovers[], failures: readonly Failure[]): void {
  const why = new Map(failures.map(({ leftover, error }) => [leftover.resource.id, error.message]));
  const lines = labs.flatMap(({ lab, leftovers, kept }) => [
    ...leftovers.map(
      ({ resource }) =>
        `${lab}: the ${resource.kind} ${resource.name || resource.id}: ${why.get(resource.id) ?? "it came while the sweep went on"}`,
    ),
    ...kept.map(({ resource, why: reason }) => `${lab}: the ${resource.kind} ${resource.name}: ${reason}`),
  ]);
  if (lines.length === 0) return;
  const list = lines.map((line) => `  - ${line}`).join("\n");
  throw new Error(`Not everything could be removed; run the command again once the reason is gone:\n${list}`);
}
