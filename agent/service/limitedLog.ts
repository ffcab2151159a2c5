import type { Log } from "./log";

/** Milliseconds between two lines. */
const intervalMs = 1_000;

/** An event that strangers cause: a line a second at most, whatever they send, with the number of those it stands for. */
export class LimitedLog {
  #said = Number.NEGATIVE_INFINITY;
  #refusals = 0;
  readonly #log: Log;
  readonly #event: string;
  readonly #now: () => number;

  /** @param now milliseconds that only grow */
  constructor(log: Log, event: string, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#event = event;
    this.#now = now;
  }

  say(fields: Readonly<Record<string, unknown>>): void {
    this.#refusals++;
    if (this.#now() - this.#said < intervalMs) return;
    this.#log(this.#event, { ...fields, refusals: this.#refusals });
    this.#said = this.#now();
    this.#refusals = 0;
  }
}
