import type { RedfishNode } from "../../../agent/bmc/redfish/node";
import { Indicator } from "../../../agent/nova/indicator";
import {
  type BootOverride,
  careful,
  MachineBusy,
  type MediaTrust,
  type PowerAction,
  type PowerState,
  Unsupported,
} from "../../../agent/nova/machine";
import type { Hardware } from "../../../agent/nova/nodeFromServer";
import type { Firmware } from "../../../plan/lab/labPlan";

/** A machine that does at once what it is asked for, and writes down what that was. */
export class FakeNode implements RedfishNode {
  readonly indicator = new Indicator();
  readonly changes: PowerAction[] = [];
  readonly ipmiPort = 6230;
  readonly attributes = { current: {}, pending: {} };
  readonly bios: RedfishNode["bios"] = {
    current: () => this.attributes.current,
    pending: () => this.attributes.pending,
    set: async (pending) => void Object.assign(this.attributes, { pending }),
    reset: async () => void Object.assign(this.attributes, { current: {}, pending: {} }),
  };
  readonly firmware: Firmware;
  /** How many calls are to be answered "busy"; -1: all. */
  busyFor = 0;
  state: PowerState | undefined = "off";
  override: BootOverride = { target: "none", persistence: "once" };
  refuses: ReadonlySet<string> = new Set(["bios-setup"]);
  image: string | undefined;
  trust: MediaTrust = careful;
  readonly hardware: Partial<Hardware>;
  virtualMedia?: RedfishNode["virtualMedia"];

  constructor(
    readonly key: string,
    {
      drive = true,
      firmware = "bios",
      ...hardware
    }: Partial<Hardware & Pick<FakeNode, "firmware">> & { drive?: boolean } = {},
  ) {
    this.firmware = firmware;
    this.hardware = {
      macs: ["20:57:f8:00:00:01", "20:57:f8:00:00:02"],
      ...{ vcpus: 2, memoryMiB: 4096, diskGiB: 20 },
      disks: [
        { id: "disk", name: "Disk 0", bytes: 20 * 2 ** 30 },
        { id: "a-volume", name: "Volume a-volume" },
      ],
      ...hardware,
    };
    if (!drive) return;
    this.virtualMedia = {
      image: () => this.image,
      insert: async (url) => {
        this.#meet("insert");
        this.image = url;
      },
      eject: async () => {
        this.#meet("eject");
        this.image = undefined;
      },
      trust: () => this.trust,
      setTrust: async (trust) => {
        this.trust = trust;
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
    this.#meet(action);
    this.changes.push(action);
    if (action === "diag") return;
    this.state = action === "off" || action === "soft" ? "off" : "on";
  }

  async settled(): Promise<void> {}

  bootOverride(): BootOverride {
    return this.override;
  }

  async setBootOverride(override: BootOverride): Promise<void> {
    this.#meet(override.target);
    this.override = override;
  }

  #meet(wish: string): void {
    if (this.busyFor !== 0) {
      this.busyFor -= 1;
      throw new MachineBusy(`${this.key}: Nova is rebuilding it.`, 1);
    }
    if (this.refuses.has(wish)) throw new Unsupported(`${this.key} can't do ${wish}.`);
  }
}
