import type { Session } from "../../openstack/session";
import type { Setting } from "../../plan/lab/setting";
import { ProblemsError } from "../../plan/problemsError";
import type { Claim } from "../../tenant/claim";
import type { Check } from "../../tenant/fit/check";
import { TenantAnswers } from "../../tenant/fit/tenant";
import { examine } from "../doctor/doctor";
import type { Findings } from "./findings";
import type { Given } from "./given";
import { type Proposal, propose } from "./propose";
import { describeWay, type Way } from "./ways";

/** No lab fits the tenant, or none as it was asked for. */
export class NoLabFits extends ProblemsError {
  override readonly name = "NoLabFits";

  constructor(failed: readonly Check[]) {
    super(
      "No lab fits this tenant; no file was written. In the way is:",
      failed.map(({ name, message, advice }) => `${name}: ${message}${advice ? `\n    → ${advice}` : ""}`),
    );
  }
}

export interface Settling {
  readonly session: Session;
  readonly answers: TenantAnswers;
  readonly claim: (lab: string) => Promise<Claim>;
  /** Whether to try on a network of its own. */
  readonly probe: boolean;
  readonly report: (line: string) => void;
}

/** Trials; each takes seconds, on a slow cloud half a minute. */
const mostTrials = 10;

/**
 * A lab that the doctor has nothing against: the best one by what the tenant has answered, and, with what a trial of it
 * shows, the next.
 * @throws NoLabFits with all that is in the way
 */
export async function settle(findings: Findings, given: Given, settling: Settling): Promise<Proposal> {
  const { session, answers, claim, probe, report } = settling;
  const out = new Set<string>();
  let settings = given.settings;
  let first: readonly Check[] | undefined;
  for (let trials = 0; trials < mostTrials; trials++) {
    const proposal = await propose(answers, findings, { ...given, settings }, ({ way }) =>
      out.has(keyOf(way)),
    );
    if (proposal?.lab === undefined || proposal.failed.length > 0)
      throw new NoLabFits(first ?? proposal?.failed ?? []);
    const { lab } = proposal;
    const checks = await examine({
      ...{ session, lab, claim: () => claim(lab.plan.name), probe, report, signal: answers.signal },
      answers: new TenantAnswers(session, answers.signal), // a trial's leftovers may be gone by now
    });
    const failed = checks.filter(({ status }) => status === "fail");
    if (failed.length === 0) return proposal;
    first ??= failed;
    if (failed.some(({ fix }) => fix === undefined)) throw new NoLabFits(failed);
    const fresh = failed
      .flatMap(({ fix = [], message }) => fix.map((one) => ({ ...one, comment: `A trial: ${message}` })))
      .filter((setting) => !isOfWay(setting) && !settings.some((one) => isSame(one, setting)));
    for (const { name, message } of failed) report(`${name}: ${message}`);
    settings = [...settings, ...fresh];
    if (fresh.length === 0) {
      out.add(keyOf(proposal.candidate.way));
      report(`another way then than ${describeWay(proposal.candidate.way)}`);
    }
  }
  throw new NoLabFits(first!);
}

function keyOf(way: Way): string {
  return JSON.stringify(way);
}

/** What another way settles, and no single key. */
function isOfWay({ path }: Setting): boolean {
  const key = path.join(".");
  return ["publicNetwork", "access.network", "access.router", "undercloud.floatingIp"].includes(key);
}

function isSame(a: Setting, b: Setting): boolean {
  return JSON.stringify([a.path, a.value]) === JSON.stringify([b.path, b.value]);
}
