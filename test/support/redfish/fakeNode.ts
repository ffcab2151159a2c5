import type { RedfishNode } from "../../../agent/bmc/redfish/node";
import {
  type BootOverride,
  MachineBusy,
  type PowerAction,
  type PowerState,
  Unsupported,
} from "../../../agent/nova/machine";
import type { Firmware } from "../../../plan/lab/labPlan";

/** A machine that does at once what it is asked for, and writes down what that was. */
export class FakeNode implements RedfishNode {
  readonly changes: PowerAction[] = [];
  readonly firmware: Firmware = "bios";
  /** How many calls are to be answered "busy"; -1: all. */
  busyFor = 0;
  state: PowerState | undefined = "off";
  override: BootOverride = { target: "none", persistence: "once" };
  refuses: ReadonlySet<string> = new Set(["bios-setup"]);
  image: string | undefined;
  readonly macs = ["20:57:f8:00:00:01", "20:57:f8:00:00:02"];
  readonly vcpus: number | undefined = 2;
  readonly memoryMiB: number | undefined = 4096;
  readonly diskGiB: number | undefined = 20;
  virtualMedia?: RedfishNode["virtualMedia"];

  constructor(
    readonly key: string,
    facts: Partial<Pick<FakeNode, "firmware" | "macs" | "vcpus" | "memoryMiB" | "diskGiB">> & {
      drive?: boolean;
    } = {},
  ) {
    const { drive = true, ...rest } = facts;
    Object.assign(this, rest);
    if (!drive) return;
    this.virtualMedia = {
      image: () => this.image,
      insert: async (url) => {
        this.meet("insert");
        this.image = url;
      },
      eject: async () => {
        this.meet("eject");
        this.image = undefined;
      },
    };
  }

  get uuid(): string {
    const number = Number(/\d+$/.exec(this.key)?.[0] ?? 0);
    return `6e1b3a52-7c55-4f0e-9d6a-${number.toString(16).padStart(12, "0")}`;
  }

  async power(): Promise<PowerState> {
    if (this.state === undefined) throw new MachineBusy("the first poll is not back", 2);
    return this.state;
  }

  async change(action: PowerAction): Promise<void> {
    this.meet(action);
    if (action === "cycle" && this.state === "off") throw new Unsupported(`${this.key} is off.`);
    this.changes.push(action);
    if (action === "on") this.state = "on";
    if (action === "off" || action === "soft") this.state = "off";
  }

  bootOverride(): BootOverride {
    return this.override;
  }

  async setBootOverride(override: BootOverride): Promise<void> {
    this.meet(override.target);
    this.override = override;
  }

  private meet(wish: string): void {
    if (this.busyFor !== 0) {
      this.busyFor -= 1;
      throw new MachineBusy(`${this.key}: Nova is rebuilding it.`, 1);
    }
    if (this.refuses.has(wish)) throw new Unsupported(`${this.key} can't do ${wish}.`);
  }
}
