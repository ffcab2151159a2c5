import { randomUUID } from "node:crypto";
import { isDone, rebuildMark, type Step } from "../../agent/nova/bootPlan";
import { serverView } from "../../agent/nova/serverView";
import { hasStatus } from "../../openstack/error";
import { type Server, type ServerAction, serverAction } from "../../openstack/nova";
import type { Session } from "../../openstack/session";
import { waitForServer } from "../../openstack/wait";
import { recordKeys } from "../ironic/record";

/** Nova's own steps take seconds; a rebuild on a busy host may copy an image first. Milliseconds. */
const patienceMs = 600_000;

/** A running BMC or another user may be at the same server; more conflicts than these are no coincidence. */
const mostConflicts = 10;

/** The server once Nova does nothing to it. @throws ServerWaitError, OpenStackError */
export async function whenIdle(session: Session, id: string, signal: AbortSignal): Promise<Server> {
  const isIdle = (server: Server | undefined) => server?.["OS-EXT-STS:task_state"] === null;
  return (await waitForServer(session, id, isIdle, { timeoutMs: patienceMs, signal }))!;
}

/**
 * Asks Nova for one step and waits until it is done. A rebuild gets the mark that the BMC's agent sets as well: it
 * tells a rebuild that is done from one that is not begun.
 * @throws ServerWaitError, OpenStackError; the signal's reason once it is aborted, and Nova goes on alone then
 */
export async function perform(
  session: Session,
  id: string,
  step: Step,
  signal: AbortSignal,
): Promise<Server> {
  const mark = randomUUID();
  let before = await whenIdle(session, id, signal);
  for (let conflicts = 0; ; conflicts++) {
    try {
      await serverAction(session, id, request(step, before, mark), signal);
      break;
    } catch (error) {
      if (!hasStatus(error, 409) || conflicts === mostConflicts) throw error;
      await session.sleep(1000, signal);
      before = await whenIdle(session, id, signal);
      if (isDone(step, serverView(before), mark)) return before;
    }
  }
  const isOver = (server: Server | undefined): boolean => {
    if (server === undefined || server["OS-EXT-STS:task_state"] !== null) return false;
    const view = serverView(server);
    // Nova starts a stopped server to rebuild it and stops it in a second write: idle and ACTIVE for a moment.
    if (step.do === "rebuild" && before["OS-EXT-STS:vm_state"] === "stopped" && view.vmState !== "stopped")
      return false;
    return isDone(step, view, mark) !== false;
  };
  return (await waitForServer(session, id, isOver, { timeoutMs: patienceMs, signal }))!;
}

function request(step: Step, { metadata }: Server, mark: string): ServerAction {
  if (step.do !== "rebuild") return step;
  // What Ironic had deployed goes with the disk.
  const kept = Object.entries(metadata).filter(([key]) => !Object.values<string>(recordKeys).includes(key));
  return { ...step, metadata: { ...Object.fromEntries(kept), [rebuildMark]: mark } };
}
