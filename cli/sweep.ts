import { createInterface } from "node:readline/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import { authFromEnvironment } from "../openstack/auth";
import { Session } from "../openstack/session";
import { parseDuration } from "../plan/expiry";
import { interruptible } from "../process/interrupt";
import { Phases } from "../process/phases";
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
  const state = options.state === undefined ? undefined : readStateFile(options.state);
  const session = new Session(authFromEnvironment());
  await interruptible("Run the command again to go on.", (signal) => {
    const find = async () => {
      const tenant = await tenantInventory(session, signal);
      return select(findLeftovers(tenant, state?.ids), options, state, session.now());
    };
    return run(options, session, find, signal);
  });
}

async function run(
  { format, dryRun, yes }: SweepOptions,
  session: Session,
  find: () => Promise<readonly LabLeftovers[]>,
  signal: AbortSignal,
): Promise<void> {
  const phases = new Phases();
  const found = await find();
  const count = leftoversOf(found).length;
  if (format === "text") process.stdout.write(sweepTable(found, localLabs(), session.now()));
  if (!dryRun && count > 0 && !yes && !(await agreed(count, signal))) {
    phases.report("nothing was removed");
    return;
  }
  let left = found;
  let failures: readonly Failure[] = [];
  let removed = 0;
  const report = ({ resource: { kind, name, id }, lab }: Leftover) =>
    phases.report(`${++removed}/${Math.max(count, removed)}  ${kind} ${name || id} of ${lab}`);
  for (let round = 0; !dryRun && round < mostRounds && leftoversOf(left).length > 0; round++) {
    const before = removed;
    ({ failures } = await removeLeftovers(session, leftoversOf(left), report, signal));
    signal.throwIfAborted();
    left = await find();
    if (removed === before) break;
  }
  if (format === "json") process.stdout.write(sweepJson(found, left, failures, dryRun));
  if (dryRun) return;
  if (count > 0) phases.report(`${removed} removed`);
  failIfAnythingStays(left, failures);
}

function leftoversOf(labs: readonly LabLeftovers[]): Leftover[] {
  return labs.flatMap(({ leftovers }) => leftovers);
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
