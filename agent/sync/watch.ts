import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../service/log";
import type { Row } from "../service/metricsText";
import type { Problem } from "./snapshot";
import type { Syncer } from "./syncer";

/** After failures the pause doubles from the interval up to this: an undercloud is away for minutes when it reboots. */
const longestPauseMs = 300_000;

export interface SyncHealth {
  /** The last pass worked and left nothing undone. */
  readonly ok: boolean;
  readonly failuresInARow: number;
  readonly problems: readonly Problem[];
}

/** Passes again and again. */
export class SyncWatch {
  readonly #counts = { passes: 0, failures: 0, changes: 0, refused: 0, ports: 0, vips: 0, lastMs: 0 };
  #failuresInARow = 0;
  #problems: readonly Problem[] = [];
  #lastGood: number | undefined;
  /** As logged: a problem is said when it comes, not every quarter of a minute. */
  #said = new Set<string>();
  readonly #syncer: Pick<Syncer, "pass">;
  readonly #log: Log;
  readonly #intervalMs: number;
  readonly #random: () => number;

  constructor(
    syncer: Pick<Syncer, "pass">,
    log: Log,
    intervalMs: number,
    random: () => number = Math.random,
  ) {
    this.#syncer = syncer;
    this.#log = log;
    this.#intervalMs = intervalMs;
    this.#random = random;
  }

  /** Until the signal's abort; a swap under way is finished first. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.once(signal);
      await sleep(this.pause(), undefined, { signal }).catch(() => {});
    }
  }

  /** One pass, whatever comes of it. */
  async once(signal?: AbortSignal): Promise<void> {
    const log = this.#log;
    const counts = this.#counts;
    const began = performance.now();
    counts.passes++;
    try {
      const { done, problems, refused, ports, vips } = await this.#syncer.pass({ signal });
      Object.assign(counts, { ports, vips });
      counts.changes += done;
      counts.refused += refused.length;
      this.#problems = [...problems, ...refused];
      if (this.#failuresInARow > 0) log("answers-again", { after: this.#failuresInARow });
      this.#failuresInARow = refused.length > 0 ? this.#failuresInARow + 1 : 0;
      this.#lastGood = performance.now();
      if (done > 0) log("pass", { ports, vips, changes: done });
    } catch (error) {
      if (signal?.aborted) return;
      counts.failures++;
      // The first one of a row only: an hour without an undercloud is not hundreds of lines.
      if (this.#failuresInARow++ === 0) log("pass-failed", { error: (error as Error).message });
    } finally {
      counts.lastMs = performance.now() - began;
    }
    this.#say();
  }

  /** Milliseconds to the next pass: with jitter, so that many labs do not ask in step. */
  pause(): number {
    const backedOff = Math.min(
      Math.max(longestPauseMs, this.#intervalMs),
      this.#intervalMs * 2 ** this.#failuresInARow,
    );
    // After failures anywhere in the upper half; else a tenth about the interval.
    return this.#failuresInARow > 0
      ? backedOff * (0.5 + 0.5 * this.#random())
      : this.#intervalMs * (0.9 + 0.2 * this.#random());
  }

  health(): SyncHealth {
    const problems = this.#problems;
    const ok = this.#lastGood !== undefined && this.#failuresInARow === 0 && problems.length === 0;
    return { ok, failuresInARow: this.#failuresInARow, problems };
  }

  metrics(): readonly Row[] {
    const { passes, failures, changes, refused, ports, vips, lastMs } = this.#counts;
    const age = this.#lastGood === undefined ? undefined : (performance.now() - this.#lastGood) / 1000;
    return [
      ["ovb_sync_healthy", "gauge", this.health().ok ? 1 : 0],
      ["ovb_sync_ports", "gauge", ports],
      ["ovb_sync_vips", "gauge", vips],
      ["ovb_sync_problems", "gauge", this.#problems.length],
      ["ovb_sync_passes_total", "counter", passes],
      ["ovb_sync_pass_failures_total", "counter", failures],
      ["ovb_sync_changes_total", "counter", changes],
      ["ovb_sync_changes_refused_total", "counter", refused],
      ["ovb_sync_pass_seconds", "gauge", lastMs / 1000],
      ["ovb_sync_pass_age_seconds", "gauge", age],
    ];
  }

  #say(): void {
    const now = new Map(this.#problems.map((problem) => [`${problem.port} ${problem.message}`, problem]));
    for (const [key, problem] of now) if (!this.#said.has(key)) this.#log("problem", { ...problem });
    this.#said = new Set(now.keys());
  }
}
