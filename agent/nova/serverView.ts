import type { Server } from "../../openstack/nova";
import type { PowerState } from "./machine";

/** What is kept of a server between polls: a thousand full ones would be megabytes. */
export interface ServerView {
  readonly id: string;
  /** active, stopped, rescued, error, building, … */
  readonly vmState: string;
  /** What Nova is doing to it now; null when idle. */
  readonly task: string | null;
  /** As the hypervisor sees it: see `Server`. */
  readonly power: number;
  readonly metadata: Readonly<Record<string, string>>;
}

export function serverView(server: Server): ServerView {
  return {
    id: server.id,
    vmState: server["OS-EXT-STS:vm_state"],
    task: server["OS-EXT-STS:task_state"],
    power: server["OS-EXT-STS:power_state"],
    metadata: server.metadata,
  };
}

/** Nova's power states of a guest that does not run any more: SHUTDOWN, CRASHED (nova/compute/power_state.py). */
const halted = [4, 6];

/** The guest has switched itself off and Nova has not followed (it does for ACTIVE, a while later; for RESCUED never). */
export function isHalted({ vmState, power }: ServerView): boolean {
  return (vmState === "active" || vmState === "rescued") && halted.includes(power);
}

/**
 * On from the moment at which Nova has accepted to power on (a client that waits for "on" else runs into its
 * timeout: classic OVB's 60ceab8), off only once it is off.
 */
export function powerOf(view: ServerView): PowerState {
  switch (view.task) {
    case "powering-on":
    case "powering-off":
    case "rescuing":
    case "unrescuing":
      return "on";
  }
  switch (view.vmState) {
    case "active":
    case "rescued":
      // While Nova reboots or rebuilds a running server, its guest is gone for a moment.
      return isHalted(view) && view.task === null ? "off" : "on";
    case "paused":
    case "suspended":
      return "on";
    case "error":
      return view.power === 1 ? "on" : "off";
    default:
      return "off";
  }
}
