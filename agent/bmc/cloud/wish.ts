import type { PowerAction } from "../../nova/machine";

/** What a client wants in the end: a soft power-off is Nova's only one, and a cycle or restart is off only on its way. */
export type Wish = "on" | "off" | "reset";

/** What becomes an operation: an NMI changes no power. */
export type PowerChange = Exclude<PowerAction, "diag">;

export const wishOf: Readonly<Record<PowerChange, Wish>> = {
  ...{ on: "on", off: "off", soft: "off" },
  ...{ reset: "reset", cycle: "reset", restart: "reset" },
};

/** Promised to a client while something else was under way: it is on the disk, and is begun when Nova is free. */
export interface WaitingWish {
  readonly action: PowerChange;
  /** Milliseconds since 1970. */
  readonly asked: number;
}

/** Whether who wants `wish` gets it by what is to come anyway: a machine that is being reset will be on. */
export function isServedBy(latest: Wish, wish: Wish): boolean {
  return latest === wish || (latest === "reset" && wish === "on");
}

/**
 * The last wish replaces a waiting one, as on a machine that would have obeyed both at once. Off and then on is a boot of
 * its own there, with the boot device chosen in between: here the two become a power cycle.
 */
export function waitingAfter(
  before: WaitingWish | undefined,
  action: PowerChange,
  asked: number,
): WaitingWish {
  const isCycle = before !== undefined && wishOf[before.action] === "off" && action === "on";
  return { action: isCycle ? "cycle" : action, asked };
}
