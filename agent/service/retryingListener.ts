import type { Log } from "./log";

/** Milliseconds; the pause doubles from the first to the last. */
export interface Pauses {
  readonly first: number;
  readonly last: number;
}

/** A port taken by what is about to end is free within a second; one that stays taken is a person's to free. */
const usualPauses: Pauses = { first: 500, last: 30_000 };

export interface Listener {
  listen(): Promise<unknown>;
  close(): Promise<void>;
}

/** Listens, however long it takes: what cannot be bound now is said once and tried again. */
export class RetryingListener {
  #listening = false;
  #ended = false;
  #timer: NodeJS.Timeout | undefined;
  #attempt: Promise<void>;
  readonly #listener: Listener;
  readonly #log: Log;
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #pauses: Pauses;

  /** @param fields what is said about it in the log: the node, the port */
  constructor(
    listener: Listener,
    log: Log,
    fields: Readonly<Record<string, unknown>>,
    pauses: Pauses = usualPauses,
  ) {
    this.#listener = listener;
    this.#log = log;
    this.#fields = fields;
    this.#pauses = pauses;
    this.#attempt = this.#try(pauses.first);
  }

  get listening(): boolean {
    return this.#listening;
  }

  /** Until the first attempt is over, whatever came of it. */
  async tried(): Promise<void> {
    await this.#attempt;
  }

  async close(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    // A socket about to be bound would stay.
    await this.#attempt;
    if (this.#listening) await this.#listener.close();
    this.#listening = false;
  }

  async #try(pause: number): Promise<void> {
    const log = this.#log;
    const fields = this.#fields;
    const pauses = this.#pauses;
    try {
      await this.#listener.listen();
      this.#listening = true;
      log("listening", fields);
    } catch (error) {
      // Said again when the pause has grown to its most, and then each time: by then somebody should look.
      if (pause === pauses.first || pause >= pauses.last) {
        log("listen-failed", { ...fields, error: (error as Error).message, againInMs: pause });
      }
      if (this.#ended) return;
      this.#timer = setTimeout(() => {
        this.#attempt = this.#try(Math.min(pause * 2, pauses.last));
      }, pause);
    }
  }
}
