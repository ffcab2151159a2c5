import type { BootTarget, Machine, PowerAction } from "../../nova/machine";

/** What a client's inspection asks for and a Machine does not know. What is absent is left out of the answers. */
export interface NodeFacts {
  /** As ports have them, first the one that boots: "20:57:f8:00:00:01". */
  readonly macs?: readonly string[];
  readonly vcpus?: number;
  readonly memoryMiB?: number;
  readonly diskGiB?: number;
  /** What change() can do; all of it when absent. Only ever announced: the machine itself refuses what it can't. */
  readonly powerActions?: readonly PowerAction[];
  /** What setBootOverride() takes; when absent all of it, "cdrom" only with a drive. */
  readonly bootTargets?: readonly BootTarget[];
}

export type RedfishNode = Machine & NodeFacts;
