import type { Hindrance } from "../../nova/machine";
import type { CloudContext } from "../cloud/context";
import type { OperationRunner } from "../cloud/operationRunner";
import type { Fault, LastingKind } from "./fault";
import { portsOf, setPort } from "./ports";

/** Milliseconds: an end that Neutron did not take is tried again. */
const again = 5000;

/**
 * A node's faults. They are kept with its record, and outlive the agent: what was unplugged has to be plugged in again.
 */
export class NodeFaults {
  #requests = 0;
  #timer: NodeJS.Timeout | undefined;
  #ending = false;

  readonly #node: Pick<OperationRunner, "key" | "uuid" | "record" | "save">;
  readonly #cloud: Pick<CloudContext, "session" | "signal" | "log">;

  constructor(
    node: Pick<OperationRunner, "key" | "uuid" | "record" | "save">,
    cloud: Pick<CloudContext, "session" | "signal" | "log">,
  ) {
    this.#node = node;
    this.#cloud = cloud;
  }

  /** Those that are over and still listed could not be undone yet. */
  list(): readonly Fault[] {
    return this.#node.record().faults ?? [];
  }

  /** What becomes of one more request to its BMC. */
  hindrance(): Hindrance | undefined {
    const faults = this.list();
    if (faults.length === 0) return undefined;
    const now = Date.now();
    const of = (kind: LastingKind) => faults.find((fault) => fault.kind === kind && fault.until > now);
    const every = of("drop")?.every;
    const isDropped = every !== undefined && ++this.#requests % every === 0;
    return {
      ms: of("slow")?.ms ?? 0,
      answer: of("silent")
        ? "none"
        : isDropped
          ? "lost"
          : of("busy")
            ? "busy"
            : of("wrong")
              ? "error"
              : undefined,
    };
  }

  /** In the place of one of its kind. Written down before the cloud is asked. @throws OpenStackError; Error for a MAC that it has not */
  async add({ kind, ...wanted }: Fault): Promise<Fault> {
    const before = this.list().find((fault) => fault.kind === kind);
    if (before?.ports) await this.end(kind);
    const { mac } = wanted;
    const ports = kind === "unplugged" ? await portsOf(this.#cloud, this.#node.uuid, mac) : undefined;
    const fault: Fault = { kind, ...wanted, ...(ports && { ports }) };
    await this.#save([...this.list().filter((one) => one.kind !== kind), fault]);
    this.#cloud.log("fault-began", { node: this.#node.key, ...fault });
    try {
      for (const port of ports ?? []) await setPort(this.#cloud, port, false);
    } catch (error) {
      await this.end(kind).catch(() => {});
      throw error;
    }
    this.schedule();
    return fault;
  }

  /** @throws OpenStackError: it is still listed then, and tried again */
  async end(kind: LastingKind): Promise<void> {
    const fault = this.list().find((one) => one.kind === kind);
    for (const port of fault?.ports ?? []) await setPort(this.#cloud, port, true);
    await this.#save(this.list().filter((one) => one !== fault));
    if (fault) this.#cloud.log("fault-ended", { node: this.#node.key, kind });
  }

  /** Ends what is over, and comes back when the next one is. */
  schedule(): void {
    clearTimeout(this.#timer);
    const faults = this.list();
    if (faults.length === 0 || this.#cloud.signal.aborted) return;
    const next = Math.min(...faults.map(({ until }) => until)) - Date.now();
    this.#timer = setTimeout(() => void this.#endThose(), next > 0 ? next : again);
    this.#timer.unref();
  }

  /** The node is gone, or the agent ends. */
  retire(): void {
    clearTimeout(this.#timer);
  }

  async #endThose(): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    const now = Date.now();
    for (const { kind } of this.list().filter(({ until }) => until <= now)) {
      await this.end(kind).catch(({ message }: Error) =>
        this.#cloud.log("fault-stays", { node: this.#node.key, kind, error: message }),
      );
    }
    this.#ending = false;
    this.schedule();
  }

  #save(faults: readonly Fault[]): Promise<void> {
    return this.#node.save({ faults: faults.length > 0 ? faults : undefined });
  }
}
