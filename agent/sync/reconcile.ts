import { addressSteps } from "./addressSteps";
import { bareAdvice, inSafeOrder } from "./barePairs";
import { type PairRules, pairSteps } from "./pairSteps";
import type { BarePair, Problem, SourceSnapshot, Step, TargetPort, TargetSnapshot } from "./snapshot";

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
  // Pairs first: nothing can be in their way, a VIP may be waited for, and one that is not written as a CIDR yet must be
  // before a port gets its address.
  const pairs = pairSteps(target, source.vips, rules);
  const safe = inSafeOrder(target, pairs.steps);
  const moves = addressSteps(without(target, safe.endangered.keys()), source.addresses, safe.bare);
  return {
    steps: [...safe.steps, ...moves.steps],
    problems: [...pairs.problems, ...leftAlone(pairs.steps, source, safe.endangered), ...moves.problems],
  };
}

/** As if these ports were somebody else's. */
function without(target: TargetSnapshot, ports: Iterable<TargetPort>): TargetSnapshot {
  const left = new Set(ports);
  const held = [...left].flatMap(({ name, fixedIps }) =>
    fixedIps.map(({ ip_address }) => [ip_address, { name, isInUse: true }] as const),
  );
  return {
    ...target,
    ports: target.ports.filter((port) => !left.has(port)),
    others: new Map([...target.others, ...held]),
  };
}

/** What is not done to ports in danger, where there is anything to do. */
function leftAlone(
  steps: readonly Step[],
  { addresses }: SourceSnapshot,
  endangered: ReadonlyMap<TargetPort, BarePair>,
): Problem[] {
  return [...endangered].flatMap(([{ id, mac, name, fixedIps }, pair]) => {
    const wanted = addresses.get(mac);
    const isThere = wanted === undefined || fixedIps.some(({ ip_address }) => ip_address === wanted);
    if (isThere && !steps.some((step) => step.id === id)) return [];
    return [{ port: name, message: `is left as it is: its ${pair.address} is ${bareAdvice(pair)}.` }];
  });
}
