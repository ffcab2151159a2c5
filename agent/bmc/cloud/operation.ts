import { isDone, mayDo, type Step } from "../../nova/bootPlan";
import type { BootOverride } from "../../nova/machine";
import type { ServerView } from "../../nova/serverView";
import type { Times } from "./times";
import type { Wish } from "./wish";

/**
 * A power change under way, as it is on the disk at every moment: written before each request, so that an agent that
 * starts again knows what was promised and, together with the server's real state, how far it came.
 */
export interface Operation {
  /** Marks the server that it rebuilds. */
  readonly id: string;
  readonly wish: Wish;
  readonly steps: readonly Step[];
  /** Of the step that is under way. */
  readonly index: number;
  /** sending: nobody knows whether Nova has the request. accepted: Nova has said so. */
  readonly phase: "pending" | "sending" | "accepted";
  /** Milliseconds since 1970. */
  readonly began: number;
  /** Milliseconds since 1970; of the last request. */
  readonly sent: number;
  /** What the last step boots; absent for a power-off. */
  readonly boots?: "network" | "disk" | "none";
  /** The one-shot override that this boot uses up. */
  readonly spent?: BootOverride;
  /** It was a waiting wish: its client was told of success before Nova was asked. */
  readonly promised?: true;
}

export type Verdict =
  | { readonly is: "wait" | "send" | "done" }
  | { readonly is: "abandon"; readonly why: string };

/**
 * What is to be done next about an operation, from what is written down and what Nova shows.
 *
 * A request whose fate is unknown (the agent was killed, or the answer was lost) is looked for in the server's state.
 * When it is not there after a while, the operation's first request is not repeated: the client never heard of success
 * and asks again. A later one is, and the first of a wish that had waited: success was promised. So nothing is done that nobody asked for, and no disk is
 * written twice for one request, because a rebuild leaves its mark.
 * @param now milliseconds since 1970
 */
export function verdictOn(
  operation: Operation,
  view: ServerView | undefined,
  now: number,
  times: Times,
): Verdict {
  const abandon = (why: string): Verdict => ({ is: "abandon", why });
  const step = operation.steps[operation.index]!;
  if (now - operation.began > times.operation) {
    return abandon(
      `${step.do} was not done ${Math.round((now - operation.began) / 1000)} s after the request`,
    );
  }
  // Not listed: a glitch, or soon the end of this machine as a whole.
  if (view === undefined || view.task !== null) return { is: "wait" };
  if (isBetweenSpawnAndStop(operation, view, now)) return { is: "wait" };
  const done = isDone(step, view, operation.id);
  switch (operation.phase) {
    case "accepted":
      return done === false
        ? abandon(`Nova accepted ${step.do}, but left the server ${view.vmState}`)
        : { is: "done" };
    case "sending":
      if (done) return { is: "done" };
      if (now - operation.sent < times.settle) return { is: "wait" };
      if (operation.index === 0 && !operation.promised)
        return abandon(`Nova shows nothing of the request to ${step.do}`);
      return { is: "send" };
    case "pending":
      if (done) return { is: "done" };
      return mayDo(step, view)
        ? { is: "send" }
        : abandon(`the server became ${view.vmState} before ${step.do}`);
  }
}

/** Longer than Nova takes to follow itself up, even on a slow host. */
const spawnToStopMs = 60_000;

/**
 * Nova rebuilds a stopped server by starting it and, in a second database write, stopping it: for a moment it is
 * ACTIVE and idle (nova/compute/manager.py, "bringing vm to original state"). A start would then be refused, and what
 * looks like success would be powered off.
 */
function isBetweenSpawnAndStop({ steps, index, sent }: Operation, view: ServerView, now: number): boolean {
  return (
    steps[index]!.do === "rebuild" &&
    steps[index + 1]?.do === "start" &&
    view.vmState === "active" &&
    now - sent < spawnToStopMs
  );
}

/** Whether Nova took the request that boots, and has not given it up since (as where a rescue's image cannot be had). */
export function hasBooted({ id, index, phase, steps }: Operation, view: ServerView | undefined): boolean {
  if (index >= steps.length) return true;
  if (index < steps.length - 1 || phase !== "accepted") return false;
  return view?.task !== null || isDone(steps[index]!, view, id) !== false;
}
