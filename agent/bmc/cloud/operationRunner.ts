import { type ServerAction, serverAction } from "../../../openstack/nova";
import { diskAfter, rebuildMark, type Step } from "../../nova/bootPlan";
import { fateOf } from "../../nova/fate";
import { type BootOverride, MachineBusy } from "../../nova/machine";
import type { ServerView } from "../../nova/serverView";
import type { CloudContext } from "./context";
import { hasBooted, type Operation, verdictOn } from "./operation";
import type { NodeRecord } from "./stateStore";
import type { WaitingWish } from "./wish";
import { within } from "./within";

export const noOverride: BootOverride = { target: "none", persistence: "once" };

/** A step that conflicts this often, in states in which Nova should take it, is stuck. */
const mostConflicts = 10;

export type RunnerContext = Pick<
  CloudContext,
  "session" | "log" | "signal" | "times" | "turns" | "poller" | "refusals" | "store" | "counts"
>;

/** Drives one server's operation from poll to poll, as `verdictOn` says, and keeps the node's record. */
export class OperationRunner {
  #view: ServerView | undefined;
  /** When the poll began that showed it, as performance.now() says. */
  #seen = Number.NEGATIVE_INFINITY;
  /** Polls that began before this show what was before our last request. */
  #since = Number.NEGATIVE_INFINITY;
  #advancing = false;
  /** The agent stops, or another object stands for the node from now on and owns its record. */
  #retired = false;
  #conflicts = 0;
  readonly #cloud: RunnerContext;

  constructor(
    readonly key: string,
    readonly uuid: string,
    cloud: RunnerContext,
  ) {
    this.#cloud = cloud;
  }

  retire(): void {
    this.#retired = true;
  }

  /** As the last good poll showed it. */
  get view(): ServerView | undefined {
    return this.#view;
  }

  /** Each good poll. @param view undefined when the server is not listed @param began of the poll */
  observe(view: ServerView | undefined, began: number): void {
    this.#view = view;
    this.#seen = began;
  }

  /**
   * Writes down what is about to be asked, asks, and writes down that it was accepted.
   * @param change what is written with it, asked for when its turn has come
   * @returns why it was not
   */
  send(operation: Operation, change: () => Partial<NodeRecord>): Promise<unknown> {
    return this.#cloud.turns.take(() => this.#sendNow(operation, change));
  }

  async #sendNow(operation: Operation, change: () => Partial<NodeRecord>): Promise<unknown> {
    const cloud = this.#cloud;
    const key = this.key;
    const step = operation.steps[operation.index]!;
    const sending: Operation = { ...operation, phase: "sending", sent: Date.now() };
    const began = performance.now();
    await this.save({ ...change(), operation: sending });
    cloud.counts.actions++;
    try {
      await serverAction(cloud.session, this.uuid, this.#request(step, operation.id), cloud.signal);
    } catch (error) {
      cloud.counts.actionFailures++;
      this.#since = performance.now();
      cloud.poller.changed();
      cloud.log("power-request-failed", { node: key, step: step.do, error: (error as Error).message });
      return error;
    }
    this.#since = performance.now();
    cloud.poller.changed();
    cloud.log("power-request", {
      node: key,
      step: step.do,
      of: operation.wish,
      ms: Math.round(this.#since - began),
    });
    try {
      await this.save({ operation: { ...sending, phase: "accepted" } });
    } catch (error) {
      // Nova has it, and will show it; the client is to be told so.
      cloud.log("state-not-written", { node: key, error: (error as Error).message });
    }
    return undefined;
  }

  #request(step: Step, operation: string): ServerAction {
    if (step.do !== "rebuild") return step;
    return { ...step, metadata: { ...this.#view?.metadata, [rebuildMark]: operation } };
  }

  /** One step further, if the last poll allows it. */
  async advance(): Promise<void> {
    if (this.#retired || this.#advancing || this.#seen <= this.#since) return;
    this.#advancing = true;
    try {
      let operation = this.record().operation;
      while (operation !== undefined) {
        const verdict = verdictOn(operation, this.#view, Date.now(), this.#cloud.times);
        if (verdict.is === "wait") return;
        if (verdict.is === "abandon") return await this.end(operation, verdict.why);
        if (verdict.is === "send") return await this.#resend(operation);
        operation = { ...operation, index: operation.index + 1, phase: "pending" };
        if (operation.index >= operation.steps.length) return await this.end(operation);
      }
    } catch (error) {
      // The record stays as it was written last, and the next poll tries again.
      this.#cloud.log("operation-stalled", { node: this.key, error: (error as Error).message });
    } finally {
      this.#advancing = false;
    }
  }

  async #resend(operation: Operation): Promise<void> {
    const error = await this.send(operation, () => ({
      disk: diskBefore(operation, this.record().disk),
    }));
    const fate = error === undefined ? undefined : fateOf(error);
    if (fate === undefined) this.#conflicts = 0;
    else if (fate === "refused" || (fate === "conflict" && ++this.#conflicts > mostConflicts)) {
      this.#conflicts = 0;
      this.#cloud.refusals.explain(this.key, operation.steps[operation.index]!.do, error);
      await this.end(operation, (error as Error).message);
    } else if (fate !== "unknown") {
      await this.save({ operation: { ...operation, phase: "pending" } });
    }
  }

  /** @param why it was given up; absent: it is done @param next to be begun in its place */
  async end(operation: Operation, why?: string, next?: WaitingWish): Promise<void> {
    const { override, disk, next: waiting } = this.record();
    const booted = hasBooted(operation, this.#view);
    const before = diskBefore(operation, disk);
    await this.save({
      operation: undefined,
      next: waiting ?? next,
      // Not when the client has chosen another meanwhile.
      override: !booted && operation.spent && override.target === "none" ? operation.spent : override,
      disk: booted && operation.boots !== undefined ? diskAfter(before, operation.boots) : before,
    });
    const { wish, began, steps, index } = operation;
    const seconds = (Date.now() - began) / 1000;
    this.#cloud.log(why === undefined ? "power-done" : "power-given-up", {
      node: this.key,
      wish,
      seconds,
      ...(why !== undefined && { step: steps[index]?.do, why }),
    });
  }

  /** The state to decide on: seen a moment ago and after our own last request, or asked for now. @throws MachineBusy */
  async current(askAnew: boolean): Promise<ServerView> {
    const { poller, times } = this.#cloud;
    const young = performance.now() - this.#seen < times.changing && this.#seen > this.#since;
    if (askAnew || !young) {
      await within(times.decide, poller.fresh()).catch((error: Error) => {
        throw new MachineBusy(`${this.key}: its state is not known: ${error.message}`);
      });
    }
    return this.known();
  }

  /** @throws MachineBusy */
  known(): ServerView {
    if (this.#view !== undefined) return this.#view;
    throw new MachineBusy(`${this.key}: the cloud does not list its server ${this.uuid} any more.`);
  }

  /** The last one written; for a new node, or another server under its name, one without memory. */
  record(): NodeRecord {
    const record = this.#cloud.store.get(this.key);
    return record?.uuid === this.uuid ? record : { uuid: this.uuid, override: noOverride };
  }

  /** @throws MachineBusy when it cannot be written */
  async save(change: Partial<NodeRecord>): Promise<void> {
    if (this.#retired) throw new MachineBusy(`${this.key}: it is not this agent's any more.`);
    await this.#cloud.store.set(this.key, { ...this.record(), ...change });
  }
}

/** A rebuild that is done has left iPXE on the disk. */
function diskBefore({ steps, index }: Operation, disk: NodeRecord["disk"]): NodeRecord["disk"] {
  return steps.slice(0, index).some((step) => step.do === "rebuild") ? "ipxe" : disk;
}
