import type { Firmware } from "../../plan/lab/labPlan";
import type { Indicator } from "./indicator";

/**
 * A machine as its BMC sees it. The protocols (IPMI, Redfish) know nothing of OpenStack, and what stands behind
 * (a Nova server and a boot strategy) knows nothing of protocols.
 */
export interface Machine {
  /** GROUP-INDEX, such as "node-0": name in logs, Redfish system id. */
  readonly key: string;
  /** The Nova server's id: the system's UUID in both protocols. */
  readonly uuid: string;
  readonly firmware: Firmware;
  /**
   * From the shared poll; no request of its own. At once while clients ask all the time, after the next poll when nobody has
   * asked for a while: seconds at most, whatever the cloud does. On from the moment at which change() has accepted to power on,
   * off only once it is off: who fences a node believes it.
   * @throws MachineBusy while that is unknown, as right after the start
   */
  power(): Promise<PowerState>;
  /**
   * Asks for a change and returns when the cloud has accepted it, not when it is done; power() tells when.
   * Already being in the wanted state is success. While another change is under way it is written down, and done after that
   * one: the last wish wins.
   * @throws MachineBusy while the cloud does not answer: the client is to try again
   * @throws Unsupported when this machine can't do it
   */
  change(action: PowerAction): Promise<void>;
  /** Until all that was accepted is done. @param ms how long at most */
  settled(ms: number): Promise<void>;
  bootOverride(): BootOverride;
  /** Written to disk before it returns. @throws Unsupported for a target this machine's strategy can't boot */
  setBootOverride(override: BootOverride): Promise<void>;
  readonly indicator: Indicator;
  /** What becomes of one more request to its BMC: asked once for each, before it is looked at. Undefined, or absent: nothing. */
  hindrance?(): Hindrance | undefined;
  /** Absent: none. */
  readonly console?: SerialConsole;
  /** Absent: no virtual CD-ROM. */
  readonly virtualMedia?: VirtualMedia;
}

/** A fault that somebody wished for. */
export interface Hindrance {
  /** How much longer it takes. */
  readonly ms: number;
  /** "none": the BMC is silent; "lost": this request is. Absent: as always. */
  readonly answer?: "none" | "lost" | "busy" | "error";
}

export type PowerState = "on" | "off";

/**
 * off: at once; soft: ACPI; cycle: off, then on; reset: at once, without being off in between; restart: soft, then on;
 * diag: NMI. What is off when it is to be cycled, reset or restarted is powered on: Redfish wants that (Resource.ResetType),
 * and IPMI's commands, which refuse it, look themselves.
 */
export type PowerAction = "on" | "off" | "soft" | "cycle" | "reset" | "restart" | "diag";

export interface BootOverride {
  readonly target: BootTarget;
  /** "once": until the next boot. With "none" it is only kept, for who sets one after the other. */
  readonly persistence: "once" | "continuous";
  readonly firmware?: Firmware;
}

/** "none": what the machine boots by itself; "http": an image by its URL, which is in the drive then. */
export type BootTarget = "none" | "pxe" | "disk" | "cdrom" | "http" | "bios-setup";

/** A machine's serial line. */
export interface SerialConsole {
  /** @param out is given what the machine writes, from now on */
  open(out: (data: Buffer) => void): Promise<SerialLine>;
}

export interface SerialLine {
  /** Keys for the machine. Absent: it can only be read. */
  write?(data: Buffer): void;
  close(): void;
}

export interface VirtualMedia {
  /** URL of what is in the drive. */
  image(): string | undefined;
  /** @throws MachineBusy, Unsupported, Unreachable */
  insert(url: string): Promise<void>;
  eject(): Promise<void>;
  trust(): MediaTrust;
  /** Written to disk before it returns. */
  setTrust(trust: MediaTrust): Promise<void>;
}

/** Whom a drive takes an https image from. */
export interface MediaTrust {
  /** Whether the server's certificate is looked at. */
  readonly verify: boolean;
  /** PEM by id: of those who may have signed it. None: those whom Node.js trusts. */
  readonly certificates: Readonly<Record<string, string>>;
}

/** What is asked for by default: an installer that somebody else put in its place would be root on the node. */
export const careful: MediaTrust = { verify: true, certificates: {} };

/** Not now, but later: IPMI's 0xC0 (node busy), HTTP's 503 with Retry-After. */
export class MachineBusy extends Error {
  override readonly name = "MachineBusy";
  /** @param retryAfter seconds */
  constructor(
    message: string,
    readonly retryAfter = 5,
  ) {
    super(message);
  }
}

/** Never, on this machine. */
export class Unsupported extends Error {
  override readonly name: string = "Unsupported";
}

/** What a client named cannot be reached from here, and will not be by waiting. */
export class Unreachable extends Unsupported {
  constructor(
    message: string,
    /** Without credentials. */
    readonly url: string,
  ) {
    super(message);
  }
}
