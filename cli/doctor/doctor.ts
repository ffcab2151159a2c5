import { setMaxListeners } from "node:events";
import type { Command } from "commander";
import type { Session } from "../../openstack/session";
import type { Claim } from "../../tenant/claim";
import { type Check, checking } from "../../tenant/fit/check";
import { checkRequirements } from "../../tenant/fit/requirements";
import { Tenant, TenantAnswers } from "../../tenant/fit/tenant";
import { backendOf } from "../../tenant/networkBackend";
import { type Answer, asks, confirm, requireAnswer } from "../command/confirm";
import { type ChosenLab, type LabCommandSpec, labCommand } from "../command/labCommand";
import { formatOption } from "../command/options";
import type { Outside } from "../command/outside";
import { columns } from "../command/table";
import { project, type StackChoice } from "../stack/environment";
import { type Lab, stackLab } from "../stack/stackPlan";
import { judgeBackend } from "./backend";
import { checkConfigDrives } from "./compute";
import { mend, patchOf, writeMended } from "./fix";
import { checkIdentity } from "./identity";
import { checkIpaFlavors } from "./ipaFlavors";
import { checkLabName, labName } from "./labName";
import { tryOnProbeNetwork } from "./trial";

export interface DoctorOptions extends StackChoice, Answer {
  readonly format: "text" | "json";
  /** Whether to try on a network of its own. */
  readonly probe: boolean;
  /** Whether to change the stack's file where that settles a failure. */
  readonly fix: boolean;
}

export function doctorCommand(outside?: Outside): Command {
  const spec: LabCommandSpec<[], DoctorOptions> = {
    description:
      "Check the tenant that OS_CLOUD or OS_AUTH_URL names against the stack's plan, before anything is made: names,\n" +
      "quotas, extensions, microversions, formats; and by trying, on a network that is made for it and removed again,\n" +
      "what policy allows. A line a check, with what to change. Exit status 1 when one fails. --fix changes the stack's\n" +
      "file where that settles a failure: it shows the difference and asks.",
    interrupted: "What the doctor had made is removed.",
    define: (command) => {
      command
        .addOption(formatOption())
        .option("--no-probe", "make nothing: leave out what only trying tells")
        .option("--fix", "change the stack's file where that settles what fails", false);
      asks(command);
    },
    check: (command, options) => {
      if (options.fix) requireAnswer(command, options);
    },
  };
  return labCommand("doctor", spec, doctor, outside);
}

async function doctor(lab: ChosenLab, options: DoctorOptions): Promise<void> {
  const { session, report, signal } = lab;
  const { format, probe, fix } = options;
  const look = (of: Lab, isTrying: boolean) =>
    examine({ session, lab: of, claim: () => lab.claim(), probe: isTrying, report, signal });
  let checks = await look(lab, probe);
  if (fix && failuresOf(checks).length > 0) {
    process.stdout.write(doctorText(checks));
    const mending = await mend(options, failuresOf(checks), async (of) => failuresOf(await look(of, false)));
    if (mending.after === mending.before)
      throw new Error(
        `${countOf(checks)}, and no key of the stack's file settles any of it: see what each says.`,
      );
    process.stdout.write(patchOf(mending));
    for (const { name, message } of mending.left) report(`not settled by it: ${name}: ${message}`);
    await confirm({ what: `Write that into ${mending.file}`, facts: [] }, options);
    writeMended(mending);
    report(`${mending.file} is written; checking again`);
    checks = await look(stackLab(project, options), probe);
  }
  if (format === "json") {
    const failed = failuresOf(checks).length;
    process.stdout.write(
      `${JSON.stringify({ lab: lab.plan.name, cloud: session.auth.source, failed, checks }, null, 2)}\n`,
    );
  } else process.stdout.write(doctorText(checks));
  if (failuresOf(checks).length > 0)
    throw new Error(
      `${countOf(checks)}: the lab ${lab.plan.name} cannot be made here as it is planned.${wayOut(checks, fix)}`,
    );
}

function failuresOf(checks: readonly Check[]): Check[] {
  return checks.filter(({ status }) => status === "fail");
}

function countOf(checks: readonly Check[]): string {
  const failed = failuresOf(checks).length;
  return failed === 1 ? "1 check fails" : `${failed} checks fail`;
}

function wayOut(checks: readonly Check[], wasFixing: boolean): string {
  if (!failuresOf(checks).some(({ fix }) => fix)) return "";
  return wasFixing
    ? " Trying has shown more: --fix again."
    : " `npx ovb doctor --fix` changes the configuration where that helps.";
}

export interface Examination {
  readonly session: Session;
  readonly lab: Lab;
  /** What proves that a lab of that name is this stack's. */
  readonly claim: () => Promise<Claim>;
  readonly probe: boolean;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
  /** What the tenant has answered before. */
  readonly answers?: TenantAnswers;
}

/** All checks, side by side, in the order of the report. Without a token there is nothing further to ask. */
export async function examine(examination: Examination): Promise<Check[]> {
  const { session, lab, claim, probe, report, signal, answers } = examination;
  setMaxListeners(0, signal); // each request listens to it
  const tenant = Tenant.withAnswers(answers ?? new TenantAnswers(session, signal), lab);
  const check = (name: string, look: () => Promise<Check | Check[]>) => checking(name, signal, look);
  const identity = await check("authentication", () => checkIdentity(tenant));
  if (identity.some(({ name, status }) => name === "authentication" && status === "fail")) return identity;
  const requirements = checkRequirements(tenant);
  const trial = async () => {
    await requirements.catch(() => {}); // what it makes for a while is not to be counted
    return check("trial on a network of its own", () => tryOnProbeNetwork(tenant, report));
  };
  const families = [
    check(labName, async () => checkLabName(tenant, await claim())),
    requirements,
    check("IPA", () => checkIpaFlavors(tenant)),
    check("config drives", () => checkConfigDrives(tenant)),
    probe ? trial() : checkBackend(tenant),
  ];
  // All are waited for even after Ctrl-C: the trial is to have removed what it made.
  const results = await Promise.allSettled(families);
  signal.throwIfAborted();
  return [...identity, ...results.flatMap((result) => (result.status === "fulfilled" ? result.value : []))];
}

/** What of it follows from the plan and from what the tenant has answered: no request for each plan. */
export async function examineByLooking(tenant: Tenant): Promise<Check[]> {
  const families = [
    checking("authentication", tenant.signal, () => checkIdentity(tenant)),
    checkRequirements(tenant),
    checkBackend(tenant),
  ];
  return (await Promise.all(families)).flat();
}

function checkBackend(tenant: Tenant): Promise<Check[]> {
  return checking("Neutron's backend", tenant.signal, async () =>
    judgeBackend(tenant.plan, await backendOf(tenant), tenant.config),
  );
}

/** A line a check, its advice below. */
export function doctorText(checks: readonly Check[]): string {
  const rows = columns(
    checks.map(({ name, status, message }) => [status, name, message]),
    [4],
  );
  const lines = checks.flatMap(({ advice }, i) => [
    rows[i]!,
    ...(advice ? [`${" ".repeat(6)}→ ${advice}`] : []),
  ]);
  const count = (status: Check["status"]) => checks.filter((one) => one.status === status).length;
  return `${lines.join("\n")}\n${count("ok")} ok, ${count("warn")} to look at, ${count("fail")} to change, ${count("skip")} not found out\n`;
}
