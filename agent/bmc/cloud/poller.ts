import type { Server } from "../../../openstack/nova";
import type { Log } from "../../service/log";
import type { Times } from "./times";
import { within } from "./within";

export interface PollerOptions {
  /** One request (or a page after another) for all servers of the lab. */
  readonly list: (signal: AbortSignal) => Promise<Server[]>;
  /** After each good poll, before those who wait for it. @param began when it was asked, as performance.now() says */
  readonly onServers: (servers: readonly Server[], began: number) => void;
  /** What the next pause depends on, beside questions of clients. */
  readonly activity: () => "urgent" | "changing" | "none";
  readonly times: Times;
  readonly log: Log;
}

/**
 * The one request that answers for all nodes, so that a thousand of them cost the cloud what one costs. Never more than
 * one poll is under way; its pause follows what happens: see `Times`.
 */
export class Poller {
  readonly metrics = { polls: 0, failures: 0, lastMs: 0 };
  #timer: NodeJS.Timeout | undefined;
  /** When the timer ends. */
  #due = 0;
  /** A poll is under way. */
  #running = false;
  /** Whoever wants a poll begun after now. */
  #waiting: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  #stopped = new AbortController();
  #lastGood: number | undefined;
  #failuresInARow = 0;
  #lastAsked = Number.NEGATIVE_INFINITY;
  #lastChange = Number.NEGATIVE_INFINITY;
  readonly #options: PollerOptions;

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  /** Begins to poll; the first one at once. */
  start(): void {
    this.#schedule(0);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#stopped.abort(new Error("The agent stops."));
    for (const { reject } of this.#waiting.splice(0)) reject(this.#stopped.signal.reason);
  }

  /** A client wants to know: the next polls come sooner. */
  asked(): void {
    const before = this.#lastAsked;
    this.#lastAsked = performance.now();
    // A thousand nodes are asked for at once, and the pause depends on all of them.
    if (this.#lastAsked - before > this.#options.times.asked / 5) this.#sooner();
  }

  /** Something was changed: what is known is old, and polls come sooner for a while. */
  changed(): void {
    this.#lastChange = performance.now();
    this.#sooner();
  }

  /** Milliseconds since the last good answer; undefined before the first. */
  age(): number | undefined {
    return this.#lastGood === undefined ? undefined : performance.now() - this.#lastGood;
  }

  /** Whether what is known may be told. A slow idle poll is no reason not to, a cloud that does not answer is. */
  isKnown(): boolean {
    const age = this.age();
    if (age === undefined) return false;
    const { stale, idle, poll } = this.#options.times;
    return this.#failuresInARow > 0 ? age <= stale : age <= 2 * idle + poll;
  }

  /** Until a poll that began after this call has ended. Rejects when that one fails, or the agent stops. */
  fresh(): Promise<void> {
    if (this.#stopped.signal.aborted) return Promise.reject(this.#stopped.signal.reason);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      // Not while one is under way: that one may have read the state already. Its end begins the next.
      if (!this.#running) this.#schedule(0);
    });
  }

  /**
   * Until what is known is about as young as it always is while clients ask: at once then, and while polls fail, when
   * isKnown() tells; else after the next poll, or `Times.tell`. Never rejects.
   */
  async recent(): Promise<void> {
    const { asked, tell } = this.#options.times;
    const age = this.age();
    if (age === undefined || age <= 2 * asked + 3 * this.metrics.lastMs || this.#failuresInARow > 0) return;
    await within(tell, this.fresh()).catch(() => {});
  }

  #sooner(): void {
    if (!this.#running && this.#timer !== undefined) this.#schedule(this.#pause());
  }

  #schedule(pause: number): void {
    if (this.#stopped.signal.aborted) return;
    const due = performance.now() + pause;
    if (this.#timer !== undefined && this.#due <= due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#poll();
    }, pause);
  }

  async #poll(): Promise<void> {
    const { list, onServers, times, log } = this.#options;
    this.#running = true;
    const waiting = this.#waiting.splice(0);
    const began = performance.now();
    const controller = new AbortController();
    const timer = setTimeout(
      () => controller.abort(new Error(`The cloud gave no list of servers within ${times.poll / 1000} s.`)),
      times.poll,
    );
    const stop = () => controller.abort(this.#stopped.signal.reason);
    this.#stopped.signal.addEventListener("abort", stop, { once: true });
    this.metrics.polls++;
    try {
      const servers = await list(controller.signal);
      this.#stopped.signal.throwIfAborted();
      if (this.#failuresInARow > 0) log("cloud-answers-again", { after: this.#failuresInARow });
      this.#failuresInARow = 0;
      this.#lastGood = began;
      onServers(servers, began);
      for (const { resolve } of waiting) resolve();
    } catch (error) {
      this.metrics.failures++;
      // The first one of a row only: an hour without a cloud is not a thousand lines.
      if (this.#failuresInARow++ === 0 && !this.#stopped.signal.aborted) {
        log("poll-failed", { error: (error as Error).message });
      }
      for (const { reject } of waiting) reject(error);
    } finally {
      clearTimeout(timer);
      this.#stopped.signal.removeEventListener("abort", stop);
      this.metrics.lastMs = Math.round(performance.now() - began);
      this.#running = false;
      // Half of the time at most goes into polls, however slow the cloud is.
      const rest = this.#waiting.length > 0 ? times.urgent : this.#pause();
      this.#schedule(Math.max(rest, this.metrics.lastMs));
    }
  }

  #pause(): number {
    const { times, activity } = this.#options;
    const now = performance.now();
    const doing = activity();
    const pause = [
      times.idle,
      ...(now - this.#lastAsked < times.interest ? [times.asked] : []),
      ...(now - this.#lastChange < times.interest || doing === "changing" ? [times.changing] : []),
      ...(doing === "urgent" ? [times.urgent] : []),
    ].reduce((least, one) => Math.min(least, one));
    // Repetition after failures is in openstack/retry.ts already; this keeps many agents from asking in step.
    const slower = Math.min(times.idle, pause * 2 ** Math.min(this.#failuresInARow, 4));
    return slower * (0.9 + 0.2 * Math.random());
  }
}
