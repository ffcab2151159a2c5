import { addressSteps } from "./addressSteps";
import { type PairRules, pairSteps } from "./pairSteps";
import type { Problem, SourceSnapshot, Step, TargetSnapshot } from "./snapshot";

export interface Reconciliation {
  /** In the order in which Neutron takes them. None: the lab is as the undercloud wants it, but for the problems. */
  readonly steps: readonly Step[];
  readonly problems: readonly Problem[];
}

/**
 * What to change on the lab's ports so that they are as the undercloud has it. Pure and without a memory: after any
 * part of the steps, or somebody else's change, it says what is left to do.
 */
export function reconcile(source: SourceSnapshot, target: TargetSnapshot, rules: PairRules): Reconciliation {
  // Pairs first: nothing can be in their way, and a VIP may be waited for.
  const pairs = pairSteps(target, source.vips, rules);
  const moves = addressSteps(target, source.addresses);
  return { steps: [...pairs.steps, ...moves.steps], problems: [...pairs.problems, ...moves.problems] };
}
