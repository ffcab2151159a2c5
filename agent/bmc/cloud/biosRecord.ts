import type { OperationRunner } from "./operationRunner";
import type { BiosAttributes, NodeRecord } from "./stateStore";

/** What clients have set in a firmware's setup: it is kept with the node, and has no effect. */
export class BiosRecord {
  readonly #node: Pick<OperationRunner, "record" | "save">;

  constructor(node: Pick<OperationRunner, "record" | "save">) {
    this.#node = node;
  }

  current(): BiosAttributes {
    return this.#node.record().bios?.current ?? {};
  }

  pending(): BiosAttributes {
    return this.#node.record().bios?.pending ?? {};
  }

  set(pending: BiosAttributes): Promise<void> {
    return this.#node.save({ bios: { current: this.current(), pending } });
  }

  reset(): Promise<void> {
    return this.#node.save({ bios: undefined });
  }

  /** What a boot changes: what was pending is current. */
  booted(): Partial<NodeRecord> {
    if (Object.keys(this.pending()).length === 0) return {};
    return { bios: { current: { ...this.current(), ...this.pending() }, pending: {} } };
  }
}
