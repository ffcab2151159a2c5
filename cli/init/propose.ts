import { ConfigError, parseConfig } from "../../plan/config/parseConfig";
import { planLab } from "../../plan/lab/planLab";
import { type Check, fail } from "../../tenant/fit/check";
import { Tenant, type TenantAnswers } from "../../tenant/fit/tenant";
import { examineByLooking } from "../doctor/doctor";
import type { Lab } from "../stack/stackPlan";
import { type Candidate, candidates } from "./candidates";
import { choicesOf } from "./choices";
import type { Findings } from "./findings";
import type { Choice, Given } from "./given";

/** A lab, and what the tenant says of it by what it has answered. */
export interface Proposal {
  readonly candidate: Candidate;
  readonly choices: readonly Choice[];
  /** Absent where the configuration itself is refused. */
  readonly lab?: Lab;
  /** What fails; none: the lab fits. */
  readonly failed: readonly Check[];
}

/** More candidates than these differ in what does not help. */
const mostTried = 300;

/**
 * The first of the candidates that fits; without any, the one of the fewest faults.
 * @param isOut candidates that a trial has ruled out
 * @returns undefined where it has ruled out all
 */
export async function propose(
  answers: TenantAnswers,
  findings: Findings,
  given: Given,
  isOut: (candidate: Candidate) => boolean = () => false,
): Promise<Proposal | undefined> {
  let best: Proposal | undefined;
  const seen = new Set<string>();
  for (const candidate of candidates(findings, given)) {
    if (isOut(candidate)) continue;
    const choices = choicesOf(findings, given, candidate);
    const key = JSON.stringify(choices.map(({ path, value }) => [path, value]));
    if (seen.has(key)) continue;
    seen.add(key);
    const proposal = await judge(answers, given, candidate, choices);
    if (proposal.failed.length === 0) return proposal;
    if (best === undefined || proposal.failed.length < best.failed.length) best = proposal;
    if (seen.size >= mostTried) break;
  }
  return best;
}

async function judge(
  answers: TenantAnswers,
  { stack }: Given,
  candidate: Candidate,
  choices: readonly Choice[],
): Promise<Proposal> {
  let lab: Lab;
  try {
    const config = parseConfig(rawOf(choices), stack);
    lab = { config, plan: planLab(config) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const advice = "See the options of `npx ovb init --help`.";
    return {
      candidate,
      choices,
      failed: error.problems.map((one) => fail("the configuration", one, advice)),
    };
  }
  const checks = await examineByLooking(Tenant.withAnswers(answers, lab));
  return { candidate, choices, lab, failed: checks.filter(({ status }) => status === "fail") };
}

/** As the file will give it. */
function rawOf(choices: readonly Choice[]): Record<string, unknown> {
  const raw: Record<string, unknown> = {};
  for (const { path, value } of choices) {
    // biome-ignore lint/suspicious/noExplicitAny: maps and lists of any depth
    let at: any = raw;
    path.forEach((part, i) => {
      if (i === path.length - 1) at[part] = structuredClone(value);
      else at = at[part] ??= typeof path[i + 1] === "number" ? [] : {};
    });
  }
  return raw;
}
