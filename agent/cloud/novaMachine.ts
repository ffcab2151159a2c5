import { randomUUID } from "node:crypto";
import { type ServerAction, serverAction } from "../../openstack/nova";
import {
  type BootOverride,
  type Firmware,
  type Machine,
  MachineBusy,
  type PowerAction,
  type PowerState,
  Unsupported,
} from "../machine";
import { type Boot, diskAfter, needsRebuild, REBUILD_MARK, type Step, stepsFor } from "./bootPlan";
import type { LabCloud } from "./labCloud";
import type { CloudNode } from "./nodeFromServer";
import { hasBooted, type Operation, verdictOn, type Wish } from "./operation";
import { fateOf } from "./refusal";
import { powerOf, type ServerView } from "./serverView";
import type { NodeRecord } from "./stateStore";

const NONE: BootOverride = { target: "none", persistence: "once" };

/** What Nova is doing, when that is what the client wants anyway. */
const TASK_OF_WISH: Readonly<Partial<Record<Wish, string>>> = { on: "powering-on", off: "powering-off" };

/** A step that conflicts this often, in states in which Nova should take it, is stuck. */
const MOST_CONFLICTS = 10;

/** A Nova server as a machine. Its changes are operations: see `Operation` and `verdictOn`. */
export class NovaMachine implements Machine {
  readonly key: string;
  readonly uuid: string;
  #node: CloudNode;
  #view: ServerView | undefined;
  /** When the poll began that showed it, as performance.now() says. */
  #seen = Number.NEGATIVE_INFINITY;
  /** Polls that began before this show what was before our last request. */
  #since = Number.NEGATIVE_INFINITY;
  /** The change that is about to become an operation. */
  #starting: { wish: Wish; accepted: Promise<void> } | undefined;
  #advancing = false;
  /** The agent stops, or another object stands for the node from now on and owns its record. */
  #retired = false;
  #conflicts = 0;

  constructor(
    node: CloudNode,
    private readonly cloud: LabCloud,
  ) {
    this.#node = node;
    this.key = node.key;
    this.uuid = node.uuid;
  }

  get node(): CloudNode {
    return this.#node;
  }

  get firmware(): Firmware {
    return this.#node.firmware;
  }

  /** Ends this object's say in the node's state. */
  retire(): void {
    this.#retired = true;
  }

  /** Its tags changed. */
  describe(node: CloudNode): void {
    this.#node = node;
  }

  power(): PowerState {
    this.cloud.poller.asked();
    if (!this.cloud.poller.isKnown()) {
      throw new MachineBusy(`${this.key}: the cloud's API does not answer, so its power state is not known.`);
    }
    const wish = this.operation()?.wish ?? this.#starting?.wish;
    // On its way from on to on it is off for moments that no machine's BMC would show; and off it is only at the end.
    if (wish === "reset") return "on";
    return powerOf(this.#known());
  }

  bootOverride(): BootOverride {
    return this.#record().override;
  }

  async setBootOverride(override: BootOverride): Promise<void> {
    if (override.target === "bios-setup") {
      throw new Unsupported(`${this.key}: Nova cannot show a server's firmware setup.`);
    }
    if (override.target === "cdrom") {
      throw new Unsupported(`${this.key}: it has no virtual CD-ROM.`);
    }
    await this.#save({ override: override.target === "none" ? NONE : override });
  }

  async change(action: PowerAction): Promise<void> {
    this.cloud.poller.asked();
    if (action === "diag") return this.#crashDump();
    const wish: Wish = action === "soft" ? "off" : action === "cycle" ? "reset" : action;
    const starting = this.#starting;
    const operation = this.operation();
    const now = starting?.wish ?? operation?.wish;
    if (now !== undefined) {
      if (now !== wish) throw new MachineBusy(`${this.key}: "${now}" is still under way.`);
      if (starting !== undefined) return starting.accepted;
      if (operation?.index === 0 && operation.phase === "sending") {
        throw new MachineBusy(`${this.key}: whether the cloud has the last request is not known yet.`);
      }
      return;
    }
    const accepted = this.#begin(action, wish).finally(() => {
      this.#starting = undefined;
    });
    this.#starting = { wish, accepted };
    return accepted;
  }

  /** What is written down as under way; undefined when idle. */
  operation(): Operation | undefined {
    return this.#record().operation;
  }

  /** Each good poll. @param view undefined when the server is gone @param began of the poll */
  observe(view: ServerView | undefined, began: number): void {
    this.#view = view;
    this.#seen = began;
    if (this.operation() !== undefined) void this.#advance();
  }

  async #begin(action: PowerAction, wish: Wish): Promise<void> {
    const { cloud, key } = this;
    for (let attempt = 0; attempt < 2; attempt++) {
      const view = await this.#current(attempt > 0);
      if (view.task !== null) {
        if (view.task === TASK_OF_WISH[wish]) return;
        throw new MachineBusy(`${key}: Nova is busy with it (${view.task}).`);
      }
      const power = powerOf(view);
      if (wish === power) return;
      if (wish === "reset" && power === "off") {
        throw new Unsupported(`${key}: it is off, so there is nothing to ${action}: power it on instead.`);
      }
      const override = this.bootOverride();
      const { boot, boots } = wish === "off" ? { boot: DISK, boots: undefined } : await this.#boot();
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
      };
      const error = await this.#send(operation, spent ? { override: NONE } : {});
      if (error === undefined) return;
      const fate = fateOf(error);
      // It may be on its way: what Nova shows will tell, and until then nothing else is begun.
      if (fate !== "unknown") await this.#end(operation, `${fate}: ${(error as Error).message}`);
      if (fate === "refused") cloud.images.forget();
      if (fate !== "conflict") throw cloud.refusals.explain(key, steps[0]!.do, error);
    }
    throw new MachineBusy(`${key}: Nova refuses this in the state that the server is in at the moment.`);
  }

  /** What a boot now would be. */
  async #boot(): Promise<{ boot: Boot; boots: "network" | "disk" | "none" }> {
    const { target } = this.bootOverride();
    if (target !== "pxe") return { boot: DISK, boots: target === "disk" ? "disk" : "none" };
    const network = (boot: Boot) => ({ boot, boots: "network" as const });
    try {
      switch (this.#node.strategy) {
        case "rescue":
          return network({ from: "cdrom", image: await this.cloud.images.find("iso") });
        case "rebuild":
          return needsRebuild(this.#node, this.#record().disk)
            ? network({ from: "freshDisk", image: await this.cloud.images.find("disk") })
            : network(DISK);
        case "disk":
          return network(DISK);
      }
    } catch (error) {
      if (error instanceof Unsupported) throw error;
      throw this.cloud.refusals.explain(this.key, "looking for the boot image", error);
    }
  }

  /** Writes down what is about to be asked, asks, and writes down that it was accepted. @returns why it was not */
  async #send(operation: Operation, change: Partial<NodeRecord> = {}): Promise<unknown> {
    const { cloud, key } = this;
    const step = operation.steps[operation.index]!;
    const sending: Operation = { ...operation, phase: "sending", sent: Date.now() };
    const began = performance.now();
    await this.#save({ ...change, operation: sending });
    try {
      await serverAction(cloud.session, this.uuid, this.#request(step, operation.id), cloud.signal);
    } catch (error) {
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
      await this.#save({ operation: { ...sending, phase: "accepted" } });
    } catch (error) {
      // Nova has it, and will show it; the client is to be told so.
      cloud.log("state-not-written", { node: key, error: (error as Error).message });
    }
    return undefined;
  }

  #request(step: Step, operation: string): ServerAction {
    if (step.do !== "rebuild") return step;
    return { ...step, metadata: { ...this.#view?.metadata, [REBUILD_MARK]: operation } };
  }

  /** One step further, if the last poll allows it. */
  async #advance(): Promise<void> {
    if (this.#retired || this.#advancing || this.#starting !== undefined || this.#seen <= this.#since) return;
    this.#advancing = true;
    try {
      let operation = this.operation();
      while (operation !== undefined) {
        const verdict = verdictOn(operation, this.#view, Date.now(), this.cloud.times);
        if (verdict.is === "wait") return;
        if (verdict.is === "abandon") return await this.#end(operation, verdict.why);
        if (verdict.is === "send") return await this.#resend(operation);
        operation = { ...operation, index: operation.index + 1, phase: "pending" };
        if (operation.index >= operation.steps.length) return await this.#end(operation);
      }
    } catch (error) {
      // The record stays as it was written last, and the next poll tries again.
      this.cloud.log("operation-stalled", { node: this.key, error: (error as Error).message });
    } finally {
      this.#advancing = false;
    }
  }

  async #resend(operation: Operation): Promise<void> {
    const error = await this.#send(operation, { disk: diskBefore(operation, this.#record().disk) });
    const fate = error === undefined ? undefined : fateOf(error);
    if (fate === undefined) this.#conflicts = 0;
    else if (fate === "refused" || (fate === "conflict" && ++this.#conflicts > MOST_CONFLICTS)) {
      this.#conflicts = 0;
      this.cloud.refusals.explain(this.key, operation.steps[operation.index]!.do, error);
      await this.#end(operation, (error as Error).message);
    } else if (fate !== "unknown") {
      await this.#save({ operation: { ...operation, phase: "pending" } });
    }
  }

  /** @param why it was given up; absent: it is done */
  async #end(operation: Operation, why?: string): Promise<void> {
    const { override, disk } = this.#record();
    const booted = hasBooted(operation);
    const before = diskBefore(operation, disk);
    await this.#save({
      operation: undefined,
      // Not when the client has chosen another meanwhile.
      override: !booted && operation.spent && override.target === "none" ? operation.spent : override,
      disk: booted && operation.boots !== undefined ? diskAfter(before, operation.boots) : before,
    });
    const { wish, began, steps, index } = operation;
    const seconds = (Date.now() - began) / 1000;
    this.cloud.log(why === undefined ? "power-done" : "power-given-up", {
      node: this.key,
      wish,
      seconds,
      ...(why !== undefined && { step: steps[index]?.do, why }),
    });
  }

  async #crashDump(): Promise<void> {
    const { cloud, key } = this;
    if (powerOf(await this.#current(false)) === "off") {
      throw new Unsupported(`${key}: it is off, and only a running machine takes an NMI.`);
    }
    try {
      await serverAction(cloud.session, this.uuid, { do: "crashDump" }, cloud.signal);
    } catch (error) {
      throw cloud.refusals.explain(key, "trigger_crash_dump", error);
    }
  }

  /** The state to decide on: seen a moment ago and after our own last request, or asked for now. */
  async #current(askAnew: boolean): Promise<ServerView> {
    const { poller, times } = this.cloud;
    const young = performance.now() - this.#seen < times.changing && this.#seen > this.#since;
    if (askAnew || !young) {
      await within(times.decide, poller.fresh()).catch((error: Error) => {
        throw new MachineBusy(`${this.key}: its state is not known: ${error.message}`);
      });
    }
    return this.#known();
  }

  #known(): ServerView {
    if (this.#view !== undefined) return this.#view;
    throw new MachineBusy(`${this.key}: the cloud does not list its server ${this.uuid} any more.`);
  }

  #record(): NodeRecord {
    const record = this.cloud.store.get(this.key);
    return record?.uuid === this.uuid ? record : { uuid: this.uuid, override: NONE };
  }

  async #save(change: Partial<NodeRecord>): Promise<void> {
    if (this.#retired) throw new MachineBusy(`${this.key}: it is not this agent's any more.`);
    await this.cloud.store.set(this.key, { ...this.#record(), ...change });
  }
}

const DISK: Boot = { from: "disk" };

/** A rebuild that is done has left iPXE on the disk. */
function diskBefore({ steps, index }: Operation, disk: NodeRecord["disk"]): NodeRecord["disk"] {
  return steps.slice(0, index).some((step) => step.do === "rebuild") ? "ipxe" : disk;
}

function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
