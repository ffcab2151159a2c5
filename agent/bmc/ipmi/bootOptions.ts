import type { BootOverride, BootTarget, Machine } from "../../nova/machine";
import type { Log } from "../../service/log";
import { Completion, CompletionError } from "./completion";
import type { Session } from "./session";
import type { SessionTable } from "./sessionTable";

/** Boot option parameters (IPMI 2.0, table 28-14). */
const Parameter = { setInProgress: 0, validBitClearing: 3, initiatorAcknowledge: 4, bootFlags: 5 } as const;

/** Device selectors, bits 5 to 2 of the flags' second byte. */
const devices: Readonly<Record<number, BootTarget>> = {
  0: "none",
  1: "pxe",
  2: "disk",
  5: "cdrom",
  6: "bios-setup",
  8: "cdrom", // "remotely connected CD", which virtual media is; answered as 5
};

const valid = 0x80;
const persistent = 0x40;
const efi = 0x20;
const clearCmos = 0x80;
/** "Don't clear the valid bit" for each of the five reasons there are: we never do, a boot uses it up. */
const neverCleared = 0x1f;

/** System boot options of a node. The flags themselves are the machine's boot override; the rest lasts as long as the process. */
export class BootOptions {
  #setter: Session | undefined;
  #acknowledged = 0;
  readonly #machine: Machine;
  readonly #sessions: SessionTable;
  readonly #log: Log;

  constructor(machine: Machine, sessions: SessionTable, log: Log) {
    this.#machine = machine;
    this.#sessions = sessions;
    this.#log = log;
  }

  /** @returns the parameter's data; @throws CompletionError */
  get(parameter: number): number[] {
    switch (parameter) {
      case Parameter.setInProgress:
        return [this.#inProgress() ? 1 : 0];
      case Parameter.validBitClearing:
        return [neverCleared];
      case Parameter.initiatorAcknowledge:
        return [0, this.#acknowledged]; // the write mask reads as 0
      case Parameter.bootFlags:
        return encodeFlags(this.#machine);
      default:
        throw unsupported(parameter);
    }
  }

  /** @param data without the parameter's number; empty when only its "invalid" bit was set. @throws CompletionError */
  async set(parameter: number, data: Buffer, session: Session): Promise<void> {
    switch (parameter) {
      case Parameter.setInProgress:
        return this.#setInProgress(data[0] ?? 0, session);
      case Parameter.validBitClearing:
        return; // Ironic and pyghmi send 8 (no 60 second timeout) before the flags
      case Parameter.initiatorAcknowledge:
        this.#acknowledged = (this.#acknowledged & ~(data[0] ?? 0)) | ((data[0] ?? 0) & (data[1] ?? 0));
        return;
      case Parameter.bootFlags:
        return this.#setOverride(decodeFlags(data, this.#machine));
      default:
        throw unsupported(parameter);
    }
  }

  async #setOverride(override: BootOverride): Promise<void> {
    await this.#machine.setBootOverride(override);
    this.#log("ipmi.boot", { ...override });
  }

  #setInProgress(value: number, session: Session): void {
    const state = value & 3;
    if (state === 3) throw new CompletionError(Completion.invalidField, "set in progress 3 is reserved");
    // Writes take effect at once, so there is nothing that "commit" (2) would have to do.
    if (state !== 1) {
      this.#setter = undefined;
      return;
    }
    // Not an error for who has it: the request may be a repeated one.
    if (this.#inProgress() && this.#setter !== session) {
      throw new CompletionError(Completion.setInProgress, "another session is setting boot options");
    }
    this.#setter = session;
  }

  /** Who went away without "set complete" doesn't lock out the others. */
  #inProgress(): boolean {
    if (this.#setter && this.#sessions.get(this.#setter.id) !== this.#setter) this.#setter = undefined;
    return this.#setter !== undefined;
  }
}

/**
 * What was set is read back, with no device chosen too: FreeIPMI, and so MAAS, reads the flags, changes one and writes them, a
 * flag at a time.
 */
function encodeFlags(machine: Machine): number[] {
  const { target, persistence, firmware } = machine.bootOverride();
  // IPMI has no selector for HTTP; its image is in the drive.
  const shown = target === "http" ? "cdrom" : target;
  const device = Object.entries(devices).find(([, each]) => each === shown)?.[0];
  // A machine with UEFI boots by UEFI, whether the client has said so or not.
  const isEfi = firmware === "uefi" || (target !== "none" && machine.firmware === "uefi");
  const flags = (persistence === "continuous" ? persistent : 0) | (isEfi ? efi : 0);
  if (target === "none" && flags === 0) return [0, 0, 0, 0, 0];
  return [valid | flags, Number(device) << 2, 0, 0, 0];
}

function decodeFlags(data: Buffer, machine: Machine): BootOverride {
  const [flags = 0, device = 0] = data;
  if ((flags & valid) === 0) return { target: "none", persistence: "once" };
  const target = devices[(device >> 2) & 0x0f];
  if (!target) throw new CompletionError(Completion.invalidField, `no boot device ${(device >> 2) & 0x0f}`);
  if ((device & clearCmos) !== 0) throw new CompletionError(Completion.invalidField, "can't clear the CMOS");
  const persistence = (flags & persistent) !== 0 ? "continuous" : "once";
  // Without the EFI bit clients mean "as the machine does": ipmitool leaves it out unless told.
  if ((flags & efi) === 0) return { target, persistence };
  if (machine.firmware !== "uefi") {
    throw new CompletionError(Completion.invalidField, "EFI boot asked of a machine with BIOS firmware");
  }
  return { target, persistence, firmware: "uefi" };
}

function unsupported(parameter: number): CompletionError {
  return new CompletionError(Completion.parameterUnsupported, `no boot option parameter ${parameter}`);
}
