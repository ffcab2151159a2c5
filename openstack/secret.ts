import { inspect } from "node:util";

const hidden = "[secret]";

/**
 * A password or token that no log, JSON or debugger dump shows by accident: only `reveal()` gives it out.
 * A private field rather than a property, because `util.inspect` with `showHidden` prints the latter.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for the one place that sends it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return hidden;
  }

  toJSON(): string {
    return hidden;
  }

  [inspect.custom](): string {
    return hidden;
  }
}
