import { OpenStackError } from "../../openstack/error";
import type { Log } from "../service/log";
import type { PairRules } from "./pairSteps";
import { reconcile } from "./reconcile";
import type { Problem, SourceSnapshot, Step } from "./snapshot";
import type { Target } from "./target";

export interface SyncerOptions {
  /** @param nodes MACs of the lab's nodes, lower case */
  readonly readSource: (nodes: ReadonlySet<string>, signal?: AbortSignal) => Promise<SourceSnapshot>;
  readonly target: Target;
  readonly rules: PairRules;
  readonly log: Log;
}

/** What one pass saw and did. */
export interface Pass {
  readonly ports: number;
  readonly vips: number;
  /** Steps that were wanted when it began. */
  readonly steps: readonly Step[];
  readonly problems: readonly Problem[];
  /** Steps done; fewer than wanted when something changed under it, or a step was refused. */
  readonly done: number;
  /** What Neutron refused, of the last round. */
  readonly refused: readonly Problem[];
}

/** Somebody else changes the same ports just now: after so many rounds the next pass is soon enough. */
const rounds = 4;

/** Brings the lab's ports to what the undercloud says, one pass at a time. Keeps nothing from one pass to the next. */
export class Syncer {
  readonly #options: SyncerOptions;

  constructor(options: SyncerOptions) {
    this.#options = options;
  }

  /**
   * Reads both sides and does what differs, again and again until nothing does.
   * An abort of the signal ends it between two steps, but never in the middle of a swap.
   * @throws Error of the source, TargetError, OpenStackError other than a refusal of a step; nothing more is then done
   */
  async pass({ dryRun = false, signal }: { dryRun?: boolean; signal?: AbortSignal } = {}): Promise<Pass> {
    const { readSource, target, rules, log } = this.#options;
    let first: Pass | undefined;
    let done = 0;
    for (let round = 1; ; round++) {
      const actual = await target.read(signal);
      const source = await readSource(new Set(actual.ports.map((port) => port.mac)), signal);
      const { steps, problems } = reconcile(source, actual, rules);
      const seen = { ports: actual.ports.length, vips: source.vips.length };
      first ??= { ...seen, steps, problems, done: 0, refused: [] };
      if (dryRun || steps.length === 0) return { ...first, ...seen, problems, done };
      if (round > 1) log("round", { round, steps: steps.length });
      const { did, refused } = await this.#apply(steps, signal);
      done += did;
      // A step that is refused is refused again at once: the next pass tries it.
      if (refused.length > 0 || round >= rounds) return { ...first, ...seen, problems, done, refused };
    }
  }

  async #apply(steps: readonly Step[], signal?: AbortSignal): Promise<{ did: number; refused: Problem[] }> {
    const { target, log } = this.#options;
    const refused: Problem[] = [];
    const released = new Set<string>();
    let did = 0;
    for (const step of steps) {
      // Between a release and its move a node has no address: an end waits for that.
      if (released.size === 0) signal?.throwIfAborted();
      const said = { port: step.name, does: step.kind, what: stepText(step) };
      try {
        if (!(await target.apply(step))) {
          log("changed-meanwhile", said);
          break;
        }
      } catch (error) {
        const isRefusal = error instanceof OpenStackError && [400, 409].includes(error.status ?? 0);
        if (!isRefusal) throw error;
        log("refused", { ...said, error: error.message });
        refused.push({ port: step.name, message: error.message });
        // Later moves are ordered on this one; other ports' pairs are not.
        if (step.kind === "pairs") continue;
        break;
      }
      did++;
      log("changed", said);
      if (step.kind === "release") released.add(step.id);
      if (step.kind === "move") released.delete(step.id);
    }
    return { did, refused };
  }
}

/** "192.0.2.10 -> 192.0.2.31", or "+192.0.2.50 -192.0.2.51" for pairs. */
export function stepText(step: Step): string {
  const list = (items: readonly { ip_address?: string }[]) => items.map((one) => one.ip_address ?? "any");
  const [before, after] = [list(step.before), list(step.after)];
  const added = after.filter((one) => !before.includes(one));
  const removed = before.filter((one) => !after.includes(one));
  if (step.kind !== "pairs") return `${removed.join(", ") || "none"} -> ${added.join(", ") || "none"}`;
  return [...added.map((one) => `+${one}`), ...removed.map((one) => `-${one}`)].join(" ");
}
