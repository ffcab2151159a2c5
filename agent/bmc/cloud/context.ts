import type { Session } from "../../../openstack/session";
import type { Turns } from "../../nova/turns";
import type { Log } from "../../service/log";
import type { BootImages } from "./bootImages";
import type { Poller } from "./poller";
import type { Refusals } from "./refusals";
import type { StateStore } from "./stateStore";
import type { Times } from "./times";

/** What the machines of a lab share, made by LabCloud. Each class says by Pick<> what it uses of it. */
export interface CloudContext {
  readonly session: Session;
  readonly lab: string;
  readonly log: Log;
  /** Its abort is the agent's end. */
  readonly signal: AbortSignal;
  readonly times: Times;
  /** For requests that change a server. */
  readonly turns: Turns;
  readonly poller: Poller;
  readonly images: BootImages;
  readonly refusals: Refusals;
  readonly store: StateStore;
  /** Since the agent's start. */
  readonly counts: { actions: number; actionFailures: number };
}
