import { randomUUID } from "node:crypto";
import type { Firmware } from "../../../plan/lab/labPlan";
import { stepsFor } from "../../nova/bootPlan";
import { fateOf } from "../../nova/fate";
import { Indicator } from "../../nova/indicator";
import {
  type BootOverride,
  type BootTarget,
  careful,
  type Hindrance,
  type Machine,
  MachineBusy,
  type PowerAction,
  type PowerState,
  Unsupported,
} from "../../nova/machine";
import type { CloudNode, Hardware } from "../../nova/nodeFromServer";
import { powerOf, type ServerView } from "../../nova/serverView";
import { NodeFaults } from "../faults/nodeFaults";
import { Awaiters } from "./awaiters";
import { BiosRecord } from "./biosRecord";
import { type BootSource, bootSource, diskBoot } from "./bootSource";
import type { CloudContext } from "./context";
import { crashDump } from "./crashDump";
import { NovaConsole } from "./novaConsole";
import type { Operation } from "./operation";
import { noOverride, OperationRunner } from "./operationRunner";
import { VirtualCdrom } from "./virtualCdrom";
import { isServedBy, type PowerChange, type WaitingWish, type Wish, waitingAfter, wishOf } from "./wish";

/** What Nova is doing, when that is what the client wants anyway. */
const taskOfWish: Readonly<Partial<Record<Wish, string>>> = { on: "powering-on", off: "powering-off" };

/** A Nova server as a machine. Its changes are operations: see `Operation` and `verdictOn`. */
export class NovaMachine implements Machine {
  readonly key: string;
  readonly uuid: string;
  readonly virtualMedia: VirtualCdrom;
  readonly indicator = new Indicator();
  readonly bios: BiosRecord;
  readonly faults: NodeFaults;
  readonly console: NovaConsole;
  #node: CloudNode;
  readonly #runner: OperationRunner;
  /** The change that is about to become an operation. */
  #starting: { wish: Wish; accepted: Promise<void> } | undefined;
  #tidied = Number.NEGATIVE_INFINITY;
  /** Whoever waits for the end of all that was accepted. */
  readonly #awaiting = new Awaiters();
  readonly #cloud: CloudContext;

  constructor(node: CloudNode, cloud: CloudContext) {
    this.#cloud = cloud;
    this.#node = node;
    this.key = node.key;
    this.uuid = node.uuid;
    this.#runner = new OperationRunner(node.key, node.uuid, cloud);
    this.bios = new BiosRecord(this.#runner);
    this.faults = new NodeFaults(this.#runner, cloud);
    this.faults.schedule();
    this.console = new NovaConsole(node, cloud);
    this.virtualMedia = new VirtualCdrom(
      {
        key: node.key,
        firmware: () => this.firmware,
        medium: () => this.#runner.record().medium,
        trust: () => this.#runner.record().trust ?? careful,
        save: (change) => this.#runner.save(change),
      },
      cloud,
    );
  }

  /** What setBootOverride() takes. Firmware of the old kind boots nothing by HTTP. */
  get bootTargets(): readonly BootTarget[] {
    return ["none", "pxe", "disk", "cdrom", ...(this.firmware === "uefi" ? ["http" as const] : [])];
  }

  get node(): CloudNode {
    return this.#node;
  }

  get firmware(): Firmware {
    return this.#node.firmware;
  }

  get ipmiPort(): number {
    return this.#node.ipmi.port;
  }

  get hardware(): Hardware | undefined {
    return this.#node.hardware;
  }

  /** Its tags changed. */
  describe(node: CloudNode): void {
    this.#node = node;
  }

  /** Ends this object's say in the node's state. */
  retire = (): void => {
    this.faults.retire();
    this.#runner.retire();
  };

  hindrance = (): Hindrance | undefined => this.faults.hindrance();

  async power(): Promise<PowerState> {
    const { poller } = this.#cloud;
    poller.asked();
    await poller.recent();
    if (!poller.isKnown()) {
      throw new MachineBusy(`${this.key}: the cloud's API does not answer, so its power state is not known.`);
    }
    // On its way to on it is off for moments that no machine's BMC would show, and who fences it must not take it for off.
    if (this.#wishes().some((wish) => wish !== "off")) return "on";
    return powerOf(this.#runner.known());
  }

  /** All that was accepted and is not done. */
  #wishes(): Wish[] {
    const { operation, next } = this.#runner.record();
    return [
      ...(this.#starting === undefined ? [] : [this.#starting.wish]),
      ...(operation === undefined ? [] : [operation.wish]),
      ...(next === undefined ? [] : [wishOf[next.action]]),
    ];
  }

  bootOverride(): BootOverride {
    return this.#runner.record().override;
  }

  async setBootOverride(override: BootOverride): Promise<void> {
    if (!this.bootTargets.includes(override.target)) {
      throw new Unsupported(`${this.key}: neither Nova nor its firmware can boot that.`);
    }
    await this.#runner.save({ override });
  }

  async change(action: PowerAction): Promise<void> {
    this.#cloud.poller.asked();
    if (action === "diag") return crashDump(this, powerOf(await this.#runner.current(false)), this.#cloud);
    const wish = wishOf[action];
    const starting = this.#starting;
    const { operation, next } = this.#runner.record();
    const latest = next === undefined ? (starting?.wish ?? operation?.wish) : wishOf[next.action];
    if (latest === undefined) return this.#start(action);
    if (next !== undefined) return isServedBy(latest, wish) ? undefined : this.#wait(action);
    // Nobody was promised anything about a first request of which nobody knows whether Nova has it.
    const isUnsure = starting === undefined && operation?.index === 0 && operation.phase === "sending";
    if (isServedBy(latest, wish) && !isUnsure) return starting?.accepted;
    return this.#wait(action);
  }

  async settled(ms: number): Promise<void> {
    if (this.#isIdle()) return;
    this.#cloud.poller.changed();
    await this.#awaiting.wait(ms);
  }

  #isIdle(): boolean {
    return this.#wishes().length === 0 && this.#runner.view?.task === null;
  }

  /** What is written down as under way; undefined when idle. */
  operation(): Operation | undefined {
    return this.#runner.record().operation;
  }

  /** What the next poll matters for: soon where a request waits for it, or a client does. */
  activity(): "urgent" | "changing" | "none" {
    const { operation, next } = this.#runner.record();
    if (next !== undefined || this.#awaiting.size > 0) return "urgent";
    if (operation === undefined) return "none";
    return operation.index < operation.steps.length - 1 ? "urgent" : "changing";
  }

  /** Each good poll. @param view undefined when the server is gone @param began of the poll */
  observe(view: ServerView | undefined, began: number): void {
    this.#runner.observe(view, began);
    if (this.#starting === undefined) void this.#onward();
  }

  async #onward(): Promise<void> {
    await this.#runner.advance();
    const { operation, next } = this.#runner.record();
    const { view } = this.#runner;
    if (this.#starting === undefined && operation === undefined && view?.task === null) {
      if (next !== undefined) await this.#keep(next);
      else if (view.vmState !== "rescued") void this.#tidy();
    }
    if (this.#isIdle()) this.#awaiting.end();
  }

  /** Written down before it returns, and begun when Nova is free. */
  async #wait(action: PowerChange): Promise<void> {
    if (!this.#cloud.poller.isKnown()) throw new MachineBusy(`${this.key}: the cloud's API does not answer.`);
    const next = waitingAfter(this.#runner.record().next, action, Date.now());
    await this.#runner.save({ next });
    this.#cloud.log("power-waits", { node: this.key, action: next.action });
    this.#cloud.poller.changed();
  }

  /** Begins what a client was promised; where that cannot be now, the next poll comes again. */
  async #keep(promise: WaitingWish): Promise<void> {
    try {
      await this.#start(promise.action, promise);
    } catch (error) {
      const isLate = Date.now() - promise.asked > this.#cloud.times.operation;
      if (!(error instanceof Unsupported) && !isLate) return;
      const why = (error as Error).message;
      this.#cloud.log("power-given-up", { node: this.key, wish: wishOf[promise.action], why });
      await this.#kept(promise).catch(() => {});
    }
  }

  /** It is done, or never will be. */
  async #kept(promise: WaitingWish | undefined): Promise<void> {
    if (promise !== undefined && this.#runner.record().next === promise)
      await this.#runner.save({ next: undefined });
  }

  async #tidy(): Promise<void> {
    // Said in the log where it failed; the next poll after this pause comes again.
    if (performance.now() - this.#tidied < this.#cloud.times.idle) return;
    this.#tidied = performance.now();
    await this.virtualMedia.tidy().catch(() => {});
  }

  #start(action: PowerChange, promise?: WaitingWish): Promise<void> {
    const wish = wishOf[action];
    const accepted = this.#begin(action, wish, promise).finally(() => {
      this.#starting = undefined;
    });
    this.#starting = { wish, accepted };
    return accepted;
  }

  async #begin(action: PowerChange, wish: Wish, promise: WaitingWish | undefined): Promise<void> {
    const cloud = this.#cloud;
    const key = this.key;
    for (let attempt = 0; attempt < 2; attempt++) {
      const view = await this.#runner.current(attempt > 0);
      if (view.task !== null) {
        if (view.task === taskOfWish[wish]) return this.#kept(promise);
        if (promise === undefined) return this.#wait(action);
        throw new MachineBusy(`${key}: Nova is busy with it (${view.task}).`);
      }
      if (wish === powerOf(view)) return this.#kept(promise);
      const override = this.bootOverride();
      const { boot, boots } =
        wish === "off" ? { boot: diskBoot, boots: undefined } : await this.#boot(override.target);
      const steps = stepsFor(action, view, boot);
      if (steps === undefined) {
        throw new MachineBusy(
          `${key}: Nova has it ${view.vmState}, which somebody else did and has to undo.`,
          30,
        );
      }
      const spent = boots !== undefined && override.target !== "none" && override.persistence === "once";
      const began = Date.now();
      const operation: Operation = {
        id: randomUUID(),
        wish,
        steps,
        index: 0,
        phase: "pending",
        began,
        sent: began,
        ...(boots !== undefined && { boots }),
        ...(spent && { spent: override }),
        ...(promise !== undefined && { promised: true }),
      };
      const error = await this.#runner.send(operation, () => ({
        // The client may have chosen another one meanwhile, or wished for something else.
        ...(boots !== undefined && this.bios.booted()),
        ...(spent && this.bootOverride() === override && { override: noOverride }),
        ...(promise !== undefined && this.#runner.record().next === promise && { next: undefined }),
      }));
      if (error === undefined) return;
      const fate = fateOf(error);
      // It may be on its way: what Nova shows will tell, and until then nothing else is begun.
      if (fate !== "unknown") {
        const again = fate === "refused" ? undefined : promise;
        await this.#runner.end(operation, `${fate}: ${(error as Error).message}`, again);
      }
      if (fate === "refused") cloud.images.forget();
      if (fate !== "conflict") throw cloud.refusals.explain(key, steps[0]!.do, error);
    }
    throw new MachineBusy(`${key}: Nova refuses this in the state that the server is in at the moment.`);
  }

  #boot(target: BootTarget): Promise<BootSource> {
    const medium = this.virtualMedia.bootable();
    return bootSource(this.#node, { target, medium, disk: this.#runner.record().disk }, this.#cloud);
  }
}
