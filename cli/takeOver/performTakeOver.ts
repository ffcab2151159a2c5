import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Session } from "../../openstack/session";
import type { LabPlan } from "../../plan/lab/labPlan";
import { ProblemsError } from "../../plan/problemsError";
import { CommandFailed } from "../../process/run";
import { type Claim, checkedVariable } from "../../tenant/claim";
import { type Resource, tenantInventory } from "../../tenant/inventory";
import { upArguments } from "../lab/up";
import { recover } from "../recover/recover";
import { repeatable } from "../recover/repeatable";
import type { LabStack } from "../stack/labStack";
import { removeLeftovers } from "../sweep/removeLeftovers";
import { type CloudParts, cloudParts } from "./cloudParts";
import { completeState, type ExportedState } from "./completeState";
import { type ImportFile, withIds } from "./importFile";
import { matchLab, type TakeOver } from "./matchLab";
import { checkHarmless, type Preview, programInputs } from "./preview";

/** What is on the cloud, and what a take-over does with it. */
export interface Look {
  readonly tenant: readonly Resource[];
  readonly parts: CloudParts;
  readonly found: TakeOver;
}

/** Reads only. @throws Error where the lab cannot be taken over */
export async function look(session: Session, plan: LabPlan, claim: Claim): Promise<Look> {
  const tenant = await tenantInventory(session);
  const parts = await cloudParts(session, plan, tenant);
  return { tenant, parts, found: matchLab(plan, tenant, parts, claim) };
}

export interface Work {
  readonly stack: LabStack;
  readonly session: Session;
  readonly plan: LabPlan;
  readonly report: (line: string) => void;
}

/**
 * Takes a lab over. In three steps, in an order that makes a killed run repeatable: it brings into the state what is there,
 * which changes nothing on the cloud; it makes sure that the next update changes everything in place; and only then it
 * deletes what is made anew, and runs that update, by which everything gets this stack's mark. Until then every resource
 * bears the other's mark, so that no command uses the half of a state.
 * @param shown what the user has agreed to
 * @throws Error with the way out
 */
export async function performTakeOver(work: Work, shown: TakeOver): Promise<void> {
  const { stack, session, plan, report } = work;
  // Not next "up": what a half import has not got yet, such as a subnet's routes, is the lab's and no orphan.
  const claims = await recover(stack, session, report, { plan, next: "destroy" });
  const claim = claims.find(({ lab }) => lab === plan.name) ?? { lab: plan.name, ids: new Set() };
  const now = await look(session, plan, claim);
  checkShown(now.found, shown);
  await bringIntoState(work, now);
  checkHarmless(await preview(stack, plan), plan.name);
  await removeMadeAnew(session, now.found, report);
  report("updating the lab: everything gets this stack's mark, and what is missing is made");
  await repeatable(stack, "take-over", () => stack.pulumi(upArguments, { env: claimed(plan) }));
}

/** @throws Error where the lab has changed since the user agreed */
function checkShown(now: TakeOver, shown: TakeOver): void {
  const agreed = new Set(shown.removed.map(({ id }) => id));
  if (now.removed.every(({ id }) => agreed.has(id))) return;
  throw new Error(
    `The lab ${now.lab} has changed since it was shown, so nothing was changed: run the command again.`,
  );
}

/** Repeated, it imports what is not in the state yet. */
async function bringIntoState({ stack, plan, report }: Work, { tenant, parts, found }: Look): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "ovb-take-over-"));
  try {
    const file = join(folder, "import.json");
    // What the program would create, with its own types, names and parents.
    const previewed = await preview(stack, plan, ["--import-file", file]);
    const imports = withIds(JSON.parse(readFileSync(file, "utf8")) as ImportFile, found);
    const count = imports.resources?.length ?? 0;
    if (count > 0) {
      report(`bringing ${count} resources and components into the state; nothing on the cloud changes`);
      writeFileSync(file, JSON.stringify(imports));
      const options = ["--yes", "--skip-preview", "--non-interactive", "--suppress-progress"];
      await repeatable(stack, "take-over", () =>
        stack.pulumi(["import", "--file", file, "--generate-code=false", "--protect=false", ...options]),
      );
    }
    const state = JSON.parse(await stack.pulumi(["stack", "export"], { output: "capture" })) as ExportedState;
    const facts = { plan, tenant, parts, inputs: programInputs(previewed) };
    const input = JSON.stringify(completeState(state, facts));
    await stack.pulumi(["stack", "import"], { output: "capture", input });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** By the ids that were shown. */
async function removeMadeAnew(
  session: Session,
  { lab, owner, removed }: TakeOver,
  report: (line: string) => void,
): Promise<void> {
  const leftovers = removed.map((resource) => ({ resource, lab, owner, because: "tag" as const }));
  const { failures } = await removeLeftovers(
    session,
    leftovers,
    ({ resource: { kind, name, id } }) => report(`deleted the ${kind} ${name} (${id})`),
    new AbortController().signal,
  );
  if (failures.length === 0) return;
  const list = failures.map(({ leftover, error }) => `${leftover.resource.name}: ${error.message}`);
  throw new ProblemsError("This could not be deleted; run the command again to go on:", list);
}

/** What an update would do. Its secrets are masked by Pulumi. */
async function preview(stack: LabStack, plan: LabPlan, more: readonly string[] = []): Promise<Preview> {
  const args = ["preview", "--non-interactive", "--parallel", "64"];
  const options = { env: claimed(plan) };
  try {
    const text = await stack.pulumi([...args, ...more, "--json"], { ...options, output: "capture" });
    return JSON.parse(text) as Preview;
  } catch (error) {
    // Why is in the JSON that was captured: once more, for people.
    if (error instanceof CommandFailed) await stack.pulumi(args, options);
    throw error;
  }
}

/** The program would refuse the lab as another stack's. */
function claimed(plan: LabPlan): NodeJS.ProcessEnv {
  return { [checkedVariable]: plan.name };
}
