import type { Log } from "./log";
import { type Listener, type Pauses, RetryingListener } from "./retryingListener";

/** Listeners, each for something that comes and goes; none of them minds what happens to another. */
export class Listeners<Key> {
  readonly #bindings = new Map<Key, RetryingListener>();
  readonly #closing = new Set<Promise<void>>();
  readonly #log: Log;
  readonly #pauses: Pauses | undefined;

  constructor(log: Log, pauses?: Pauses) {
    this.#log = log;
    this.#pauses = pauses;
  }

  /** @param fields what is said about it in the log: the node, the port */
  add(key: Key, listener: Listener, fields: Readonly<Record<string, unknown>>): void {
    this.#bindings.set(key, new RetryingListener(listener, this.#log, fields, this.#pauses));
  }

  remove(key: Key): void {
    const binding = this.#bindings.get(key);
    if (binding === undefined) return;
    this.#bindings.delete(key);
    const closing = binding.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  isListening(key: Key): boolean {
    return this.#bindings.get(key)?.listening === true;
  }

  /** Those that do not listen yet. */
  waiting(): Key[] {
    return [...this.#bindings.keys()].filter((key) => !this.isListening(key));
  }

  /** Until each of those there are now was tried once, whatever came of it. */
  async tried(): Promise<void> {
    await Promise.all([...this.#bindings.values()].map((binding) => binding.tried()));
  }

  /** All of them; returns once every socket is closed. */
  async close(): Promise<void> {
    for (const key of [...this.#bindings.keys()]) this.remove(key);
    await Promise.all(this.#closing);
  }
}
