import { Command, InvalidArgumentError } from "commander";
import type { Session } from "../../openstack/session";
import { parseDuration } from "../../plan/lab/expiry";
import { ProblemsError } from "../../plan/problemsError";
import { interruptible } from "../../process/interrupt";
import { Phases } from "../../process/phases";
import { tenantInventory } from "../../tenant/inventory";
import { asks, confirm, requireAnswer, whereabouts } from "../command/confirm";
import { formatOption } from "../command/options";
import { environmentsCloud, type Outside } from "../command/outside";
import { localLabs, readStateFile } from "../stack/stateFile";
import { findLeftovers, type LabLeftovers, type Leftover } from "./leftovers";
import { type Failure, removeLeftovers } from "./removeLeftovers";
import { matches, noOwner, type Selection, select } from "./select";
import { sweepJson, sweepTable } from "./sweepReport";

interface SweepOptions {
  readonly lab: readonly string[];
  readonly owner?: string;
  /** Milliseconds. */
  readonly olderThan?: number;
  readonly expired: boolean;
  readonly state?: string;
  readonly all: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly format: "text" | "json";
}

export function sweepCommand(outside = environmentsCloud): Command {
  return asks(new Command("sweep"))
    .description(
      "Find what labs left behind in the tenant that OS_CLOUD or OS_AUTH_URL names, and remove it, without Pulumi and\n" +
        "without its state. Only what carries a lab's tag, or its mark from birth, is touched. A lab goes as a whole:\n" +
        "its age is that of its youngest resource. Several conditions must all hold. A lab that a stack on this machine\n" +
        "has in its state is left to `npx ovb destroy`, unless --owner, --state or --all is given. Safe to interrupt and\n" +
        "repeat.",
    )
    .option("--lab <name>", "this lab only (may be given several times)", collect, [])
    .option(
      "--owner <mark>",
      "the lab that bears this mark, whoever else has its name: STACK.ID as the table shows it, or none",
    )
    .option("--older-than <duration>", "labs of which nothing was made since: 30m, 6h, 2d, 1w", duration)
    .option("--expired", "labs whose ovb:expires is over", false)
    .option("--state <file>", "the lab of this Pulumi state (`pulumi stack export`), by its ids as well")
    .option("--all", "every lab of the tenant, live ones too", false)
    .option("-n, --dry-run", "only show what would go", false)
    .addOption(formatOption())
    .action((options: SweepOptions, command: Command) => {
      const named =
        options.lab.length > 0 || options.owner || options.olderThan || options.expired || options.state;
      if (!named && !options.all && !options.dryRun)
        command.error(
          "error: say which labs: --lab, --owner, --older-than, --expired, --state, or --all (--dry-run shows them all)",
        );
      const advice = "nobody is there to be asked: say --yes, or --dry-run to look only";
      if (!options.yes && !options.dryRun && options.format === "json") command.error(`error: ${advice}`);
      if (!options.dryRun) requireAnswer(command, options, advice);
      return sweep(options, outside);
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

async function sweep(options: SweepOptions, outside: Outside): Promise<void> {
  const state = options.state === undefined ? undefined : readStateFile(options.state);
  const choice = { ...options, state };
  const session = outside.session();
  await interruptible("Run the command again to go on.", (signal) => {
    const find = async () => {
      const tenant = await tenantInventory(session, signal);
      const labs = findLeftovers(tenant, state?.ids);
      // A look shows what is there, live or not.
      if (options.dryRun)
        return { chosen: labs.filter((one) => matches(one, choice, session.now())), left: [] };
      return select(labs, choice, localLabs(), session.now());
    };
    return run(options, session, find, signal);
  });
}

async function run(
  options: SweepOptions,
  session: Session,
  find: () => Promise<Selection>,
  signal: AbortSignal,
): Promise<void> {
  const { format, dryRun, yes } = options;
  const phases = new Phases();
  const { chosen: found, left: live } = await find();
  const count = leftoversOf(found).length;
  if (format === "text") process.stdout.write(sweepTable(found, localLabs(), session.now()));
  if (!dryRun && count > 0) {
    const labs = found.filter(({ leftovers }) => leftovers.length > 0).map(({ lab }) => lab);
    const things = count === 1 ? "this resource" : `these ${count} resources`;
    const what = `Remove ${things} of the labs ${labs.join(", ")}:`;
    await confirm({ what, facts: [["cloud", await whereabouts(session)]] }, { yes });
  }
  // A lab that came after the question is none that was agreed to.
  const wasAsked = (one: LabLeftovers) =>
    found.some(({ lab, owner }) => lab === one.lab && owner === one.owner);
  let left = found;
  let failures: readonly Failure[] = [];
  let removed = 0;
  const report = ({ resource: { kind, name, id }, lab }: Leftover) =>
    phases.report(`${++removed}/${Math.max(count, removed)}  ${kind} ${name || id} of ${lab}`);
  for (let round = 0; !dryRun && round < mostRounds && leftoversOf(left).length > 0; round++) {
    const before = removed;
    ({ failures } = await removeLeftovers(session, leftoversOf(left), report, signal));
    signal.throwIfAborted();
    left = (await find()).chosen.filter(wasAsked);
    if (removed === before) break;
  }
  if (format === "json") process.stdout.write(sweepJson(found, left, failures, dryRun));
  if (dryRun) return;
  if (count > 0) phases.report(`${removed} removed`);
  failIfAnythingStays(left, failures);
  if (options.lab.length > 0) refuseLive(live);
}

function leftoversOf(labs: readonly LabLeftovers[]): Leftover[] {
  return labs.flatMap(({ leftovers }) => leftovers);
}

/** @throws Error where a lab that was asked for by name is a stack's on this machine */
function refuseLive(live: Selection["left"]): void {
  if (live.length === 0) return;
  const list = live.map(
    ({ lab, owner = noOwner, stack }) =>
      `${lab}: \`npx ovb destroy --stack ${stack}\` removes it in order; --owner ${owner} sweeps it all the same`,
  );
  throw new ProblemsError("Left alone, as a stack on this machine has it in its state:", list);
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
  throw new ProblemsError(
    "Not everything could be removed; run the command again once the reason is gone:",
    lines,
  );
}
