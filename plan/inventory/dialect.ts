import type { Inventory } from "./inventory";

/** How Ironic and its like are to talk to the nodes' BMCs. */
export type BmcDriver = "ipmi" | "redfish";

export interface DialectOptions {
  readonly driver: BmcDriver;
  /** instackenv: `mac` instead of `ports`, as TripleO up to Queens wants it. */
  readonly legacyMac?: boolean;
  /** ansible: who logs in to the undercloud and the BMC. Absent: as SSH's own configuration says. */
  readonly sshUser?: string;
}

/** An inventory as one consumer reads it: text with a newline at its end. Same inventory and options, same text. */
export type Dialect = (inventory: Inventory, options: DialectOptions) => string;
