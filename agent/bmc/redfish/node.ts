import type { BootTarget, Machine, PowerAction } from "../../nova/machine";
import type { Hardware } from "../../nova/nodeFromServer";

/** What a client's inspection asks for and a Machine does not know. What is absent is left out of the answers. */
export interface NodeFacts {
  readonly hardware?: Partial<Hardware>;
  /** Attributes of the firmware's setup: kept, and without effect. Absent: none. */
  readonly bios?: Bios;
  /** UDP port of its IPMI. */
  readonly ipmiPort?: number;
  /** What change() can do; all of it when absent. Only ever announced: the machine itself refuses what it can't. */
  readonly powerActions?: readonly PowerAction[];
  /** What setBootOverride() takes; when absent all of it, "cdrom" only with a drive. */
  readonly bootTargets?: readonly BootTarget[];
}

export type BiosValue = string | number | boolean | null;

export type BiosAttributes = Readonly<Record<string, BiosValue>>;

export interface Bios {
  current(): BiosAttributes;
  /** What the next boot makes current. */
  pending(): BiosAttributes;
  /** Written to disk before it returns. */
  set(pending: BiosAttributes): Promise<void>;
  reset(): Promise<void>;
}

export type RedfishNode = Machine & NodeFacts;

/** @throws MachineBusy while it is not known */
export const powerState = async (node: RedfishNode): Promise<"On" | "Off"> =>
  (await node.power()) === "on" ? "On" : "Off";
