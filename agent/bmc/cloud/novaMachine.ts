import { randomUUID } from "node:crypto";
import { serverAction } from "../../../openstack/nova";
import type { Firmware } from "../../../plan/lab/labPlan";
import { type Boot, needsRebuild, stepsFor } from "../../nova/bootPlan";
import { fateOf } from "../../nova/fate";
import {
  type BootOverride,
  type BootTarget,
  type Machine,
  MachineBusy,
  type PowerAction,
  type PowerState,
  Unsupported,
} from "../../nova/machine";
import type { CloudNode } from "../../nova/nodeFromServer";
import { powerOf, type ServerView } from "../../nova/serverView";
import type { CloudContext } from "./context";
import type { Operation, Wish } from "./operation";
import { NONE, OperationRunner } from "./operationRunner";
import { VirtualCdrom } from "./virtualCdrom";

const WISH_OF_ACTION: Readonly<Record<Exclude<PowerAction, "diag">, Wish>> = {
  ...{ on: "on", off: "off", soft: "off" },
  ...{ reset: "reset", cycle: "reset", restart: "reset" },
};

/** What Nova is doing, when that is what the client wants anyway. */
const TASK_OF_WISH: Readonly<Partial<Record<Wish, string>>> = { on: "powering-on", off: "powering-off" };

/** A Nova server as a machine. Its changes are operations: see `Operation` and `verdictOn`. */
export class NovaMachine implements Machine {
  readonly key: string;
  readonly uuid: string;
  readonly virtualMedia: VirtualCdrom;
  /** What setBootOverride() takes. */
  readonly bootTargets: readonly BootTarget[] = ["none", "pxe", "disk", "cdrom"];
  #node: CloudNode;
  readonly #runner: OperationRunner;
  /** The change that is about to become an operation. */
  #starting: { wish: Wish; accepted: Promise<void> } | undefined;
  #tidied = Number.NEGATIVE_INFINITY;

  constructor(
    node: CloudNode,
    private readonly cloud: CloudContext,
  ) {
    this.#node = node;
    this.key = node.key;
    this.uuid = node.uuid;
    this.#runner = new OperationRunner(node.key, node.uuid, cloud);
    this.virtualMedia = new VirtualCdrom(
      {
        key: node.key,
        firmware: () => this.firmware,
        medium: () => this.#runner.record().medium,
        setMedium: (medium) => this.#runner.save({ medium }),
      },
      cloud,
    );
  }

  get node(): CloudNode {
    return this.#node;
  }

  get firmware(): Firmware {
    return this.#node.firmware;
  }

  get macs(): readonly string[] | undefined {
    return this.#node.hardware?.macs;
  }

  get vcpus(): number | undefined {
    return this.#node.hardware?.vcpus;
  }

  get memoryMiB(): number | undefined {
    return this.#node.hardware?.memoryMiB;
  }

  get diskGiB(): number | undefined {
    return this.#node.hardware?.diskGiB;
  }

  /** Ends this object's say in the node's state. */
  retire(): void {
    this.#runner.retire();
  }

  /** Its tags changed. */
  describe(node: CloudNode): void {
    this.#node = node;
  }

  async power(): Promise<PowerState> {
    const { poller } = this.cloud;
    poller.asked();
    await poller.recent();
    if (!poller.isKnown()) {
      throw new MachineBusy(`${this.key}: the cloud's API does not answer, so its power state is not known.`);
    }
    const wish = this.operation()?.wish ?? this.#starting?.wish;
    // On its way from on to on it is off for moments that no machine's BMC would show; and off it is only at the end.
    if (wish === "reset") return "on";
    return powerOf(this.#runner.known());
  }

  bootOverride(): BootOverride {
    return this.#runner.record().override;
  }

  async setBootOverride(override: BootOverride): Promise<void> {
    if (!this.bootTargets.includes(override.target)) {
      throw new Unsupported(`${this.key}: Nova cannot show a server's firmware setup.`);
    }
    await this.#runner.save({ override: override.target === "none" ? NONE : override });
  }

  async change(action: PowerAction): Promise<void> {
    this.cloud.poller.asked();
    if (action === "diag") return this.#crashDump();
    const wish = WISH_OF_ACTION[action];
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
    return this.#runner.record().operation;
  }

  /** Each good poll. @param view undefined when the server is gone @param began of the poll */
  observe(view: ServerView | undefined, began: number): void {
    this.#runner.observe(view, began);
    if (this.#starting !== undefined) return;
    if (this.operation() !== undefined) void this.#runner.advance();
    else if (view?.task === null && view.vmState !== "rescued") void this.#tidy();
  }

  async #tidy(): Promise<void> {
    // Said in the log where it failed; the next poll after this pause comes again.
    if (performance.now() - this.#tidied < this.cloud.times.idle) return;
    this.#tidied = performance.now();
    await this.virtualMedia.tidy().catch(() => {});
  }

  async #begin(action: PowerAction, wish: Wish): Promise<void> {
    const { cloud, key } = this;
    for (let attempt = 0; attempt < 2; attempt++) {
      const view = await this.#runner.current(attempt > 0);
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
      const { boot, boots } =
        wish === "off" ? { boot: DISK, boots: undefined } : await this.#boot(override.target);
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
      // The client may have chosen another one while an image was looked for.
      const cleared = spent && this.bootOverride() === override;
      const error = await this.#runner.send(operation, cleared ? { override: NONE } : {});
      if (error === undefined) return;
      const fate = fateOf(error);
      // It may be on its way: what Nova shows will tell, and until then nothing else is begun.
      if (fate !== "unknown") await this.#runner.end(operation, `${fate}: ${(error as Error).message}`);
      if (fate === "refused") cloud.images.forget();
      if (fate !== "conflict") throw cloud.refusals.explain(key, steps[0]!.do, error);
    }
    throw new MachineBusy(`${key}: Nova refuses this in the state that the server is in at the moment.`);
  }

  /** What a boot now would be. */
  async #boot(target: BootTarget): Promise<{ boot: Boot; boots: "network" | "disk" | "none" }> {
    const medium = target === "cdrom" ? this.virtualMedia.bootable() : undefined;
    // What the CD-ROM's system does to the disk is as unknown as what the network's does.
    if (medium !== undefined) return { boot: { from: "cdrom", image: medium }, boots: "network" };
    // An empty drive: firmware goes on to the disk.
    if (target !== "pxe") return { boot: DISK, boots: target === "disk" ? "disk" : "none" };
    const network = (boot: Boot) => ({ boot, boots: "network" as const });
    try {
      switch (this.#node.strategy) {
        case "rescue":
          return network({ from: "cdrom", image: await this.cloud.images.find("iso") });
        case "rebuild":
          return needsRebuild(this.#node, this.#runner.record().disk)
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

  async #crashDump(): Promise<void> {
    const { cloud, key } = this;
    if (powerOf(await this.#runner.current(false)) === "off") {
      throw new Unsupported(`${key}: it is off, and only a running machine takes an NMI.`);
    }
    try {
      await serverAction(cloud.session, this.uuid, { do: "crashDump" }, cloud.signal);
    } catch (error) {
      throw cloud.refusals.explain(key, "trigger_crash_dump", error);
    }
  }
}

const DISK: Boot = { from: "disk" };
