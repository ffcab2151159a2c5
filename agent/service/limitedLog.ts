import type { Log } from "./log";

/** Milliseconds between two lines. */
const INTERVAL = 1_000;

/** An event that strangers cause: a line a second at most, whatever they send, with the number of those it stands for. */
export class LimitedLog {
  #said = Number.NEGATIVE_INFINITY;
  #refusals = 0;

  /** @param now milliseconds that only grow */
  constructor(
    private readonly log: Log,
    private readonly event: string,
    private readonly now: () => number = () => performance.now(),
  ) {}

  say(fields: Readonly<Record<string, unknown>>): void {
    this.#refusals++;
    if (this.now() - this.#said < INTERVAL) return;
    this.log(this.event, { ...fields, refusals: this.#refusals });
    this.#said = this.now();
    this.#refusals = 0;
  }
}
