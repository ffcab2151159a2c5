import { ProblemsError } from "../../plan/problemsError";
import type { HeldLab, StateLabs } from "../stack/stateFile";
import type { LabLeftovers } from "./leftovers";

/** Which labs are meant, as the command line says it; several conditions must all hold. */
export interface Choice {
  /** Names; none: whatever their names are. */
  readonly lab: readonly string[];
  /** A mark, or "none" for what bears none. */
  readonly owner?: string;
  /** Milliseconds. */
  readonly olderThan?: number;
  readonly expired: boolean;
  readonly all: boolean;
  readonly state?: StateLabs;
}

export interface Selection {
  readonly chosen: readonly LabLeftovers[];
  /** What a stack on this machine has in its state, and nothing but its name, age or expiry was said: left to that stack. */
  readonly left: readonly { readonly lab: string; readonly owner?: string; readonly stack: string }[];
}

/** The `--owner` of what bears no mark. */
export const noOwner = "none";

/**
 * Chooses among the tenant's labs.
 * @param held labs in a state on this machine
 * @throws Error naming the owners where two stacks' labs have a name that was asked for: a name says too little then
 */
export function select(
  labs: readonly LabLeftovers[],
  choice: Choice,
  held: readonly HeldLab[],
  nowMs: number,
): Selection {
  const matching = labs.filter((found) => matches(found, choice, nowMs));
  // These three say whose, or that it does not matter.
  const exact = choice.owner !== undefined || choice.state !== undefined || choice.all;
  if (exact) return { chosen: matching, left: [] };
  const lives = (found: LabLeftovers) => stacksOf(found, held).length > 0;
  const chosen = matching.filter((found) => !lives(found));
  if (choice.lab.length > 0) requireOneOwner(matching, held);
  const left = matching.flatMap((found) =>
    stacksOf(found, held).map((stack) => ({ lab: found.lab, owner: found.owner, stack })),
  );
  return { chosen, left };
}

/** Whether all that was said of it holds. */
export function matches(found: LabLeftovers, choice: Choice, nowMs: number): boolean {
  const { lab: names, owner, olderThan, expired, state } = choice;
  const { madeMs, expiresMs } = found;
  return (
    (names.length === 0 || names.includes(found.lab)) &&
    (owner === undefined || (found.owner ?? noOwner) === owner) &&
    (state === undefined ||
      state.claims.some((claim) => claim.lab === found.lab && claim.owner === found.owner)) &&
    // An unknown age is none that anybody could call old.
    (olderThan === undefined || (madeMs !== undefined && nowMs - madeMs > olderThan)) &&
    (!expired || (expiresMs !== undefined && expiresMs <= nowMs))
  );
}

/** A stack on this machine counts that has a lab of that name in its state, and none of it on the tenant yet. */
function requireOneOwner(labs: readonly LabLeftovers[], held: readonly HeldLab[]): void {
  const names = [...new Set(labs.map(({ lab }) => lab))];
  const list = names.flatMap((lab) => {
    const all = [...labs, ...held].filter((one) => one.lab === lab);
    const owners = [...new Set(all.map(({ owner }) => owner ?? noOwner))];
    return owners.length > 1 ? [`${lab}: ${owners.join(", ")}`] : [];
  });
  if (list.length === 0) return;
  throw new ProblemsError(
    "Several stacks have made a lab of the same name; nothing was removed. Say whose with --owner MARK:",
    list,
  );
}

/** The stacks on this machine whose state has some of it. */
export function stacksOf(
  { lab, owner, leftovers }: Pick<LabLeftovers, "lab" | "owner" | "leftovers">,
  held: readonly HeldLab[],
): string[] {
  const has = (ids: ReadonlySet<string>) => leftovers.some(({ resource }) => ids.has(resource.id));
  const isOf = (one: HeldLab) => one.lab === lab && (one.owner === owner || has(one.ids));
  return held.filter(isOf).map(({ stack }) => stack);
}
