import { bullets } from "../../plan/problemsError";
import { tokens } from "../../plan/review/resource";
import { nameOf } from "../stack/stateFile";

/** Of `pulumi preview --json`. */
export interface Preview {
  readonly steps?: readonly Step[];
}

export interface Step {
  readonly op: string;
  readonly urn: string;
  readonly newState?: { readonly type: string; readonly inputs?: Readonly<Record<string, unknown>> };
  readonly oldState?: { readonly type: string };
  /** Arguments that differ. */
  readonly diffReasons?: readonly string[];
  readonly replaceReasons?: readonly string[];
}

/** What an update may do to what is taken over: nothing, or in place. "read" looks something up. */
const harmless = ["same", "create", "update", "read", "refresh", "import"];

/** Arguments of a server that Nova changes without touching it. */
const harmlessOfServer = ["tags", "forceDelete", "stopBeforeDestroy"];

/** The arguments that the program gives, by URN. */
export function programInputs({
  steps = [],
}: Preview): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  return new Map(steps.map(({ urn, newState }) => [urn, newState?.inputs ?? {}]));
}

/**
 * Refuses an update that would replace or delete something, or shut a server down.
 * @throws Error that names it, and why
 */
export function checkHarmless({ steps = [] }: Preview, lab: string): void {
  const problems = steps.flatMap(({ op, urn, newState, oldState, diffReasons = [], replaceReasons = [] }) => {
    const type = (newState ?? oldState)?.type;
    const reasons = type === tokens.server ? diffReasons.filter((one) => !isHarmless(one)) : [];
    if (harmless.includes(op) && (op !== "update" || reasons.length === 0)) return [];
    const kind = Object.entries(tokens).find(([, token]) => token === type)?.[0] ?? type;
    const why = replaceReasons.length > 0 ? replaceReasons : reasons.length > 0 ? reasons : diffReasons;
    return [`${op} ${kind} ${nameOf({ urn })}: ${why.join(", ")}`];
  });
  if (problems.length === 0) return;
  throw new Error(
    `The configuration is not what the lab ${lab} was made with: the next update would do more than change in place. ` +
      `Nothing on the cloud was changed:\n${bullets(new Set(problems))}\n` +
      "Make the stack's configuration what the lab is, and run the command again. (What the state has got by now does no " +
      "harm: no other command uses it before the lab is this stack's.)",
  );
}

function isHarmless(reason: string): boolean {
  return harmlessOfServer.includes(reason.split(/[.[]/)[0]!);
}
