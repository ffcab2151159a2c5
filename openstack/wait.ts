import { hasStatus } from "./error";
import { isMomentary } from "./momentary";
import { getServer, type Server } from "./nova";
import type { Session } from "./session";

/** A server did not get where it was expected. `server` is its last state, undefined when it is gone. */
export class ServerWaitError extends Error {
  override readonly name = "ServerWaitError";

  constructor(
    readonly reason: "timeout" | "error" | "gone",
    message: string,
    readonly server: Server | undefined,
  ) {
    super(message);
  }
}

/** Quick at first and after each change, when the next one is likely; then slower, to be easy on an API shared with others. */
const firstMs = 500;
const slowestMs = 5_000;
const growth = 1.5;

/**
 * Polls until `predicate` holds, and gives the server as it then was; the predicate gets undefined once the server is deleted.
 * An answer of a moment, such as a 503, is no end of it. Throws `ServerWaitError` at the timeout, when the server ends in ERROR or disappears; the signal's reason when aborted.
 * @param timeoutMs milliseconds
 */
export async function waitForServer(
  session: Session,
  id: string,
  predicate: (server: Server | undefined) => boolean,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
): Promise<Server | undefined> {
  const deadline = session.now() + timeoutMs;
  let pause = firstMs;
  let before: string | undefined;
  for (;;) {
    let server: Server | undefined;
    try {
      server = await serverIfAny(session, id, signal);
    } catch (error) {
      if (!isMomentary(error) || session.now() >= deadline) throw error;
      await session.sleep(slowestMs, signal);
      continue;
    }
    if (predicate(server)) return server;
    if (server === undefined) {
      throw new ServerWaitError("gone", `Server ${id} was deleted while it was waited for.`, undefined);
    }
    const task = server["OS-EXT-STS:task_state"];
    if (server.status === "ERROR" && task === null) {
      const why = server.fault?.message ?? "Nova gives no reason";
      throw new ServerWaitError(
        "error",
        `Server ${server.name} (${id}) is in ERROR: ${why}. Look at \`openstack server event list ${id}\`; delete or rebuild it to go on.`,
        server,
      );
    }
    const state = `${server.status}, task ${task ?? "none"}, power state ${server["OS-EXT-STS:power_state"]}`;
    pause = state === before ? Math.min(slowestMs, pause * growth) : firstMs;
    before = state;
    const left = deadline - session.now();
    if (left <= 0) {
      throw new ServerWaitError(
        "timeout",
        `Server ${server.name} (${id}) is still ${state} after ${timeoutMs / 1000} s. Its console log and \`openstack server event list ${id}\` say more.`,
        server,
      );
    }
    await session.sleep(Math.min(pause, left), signal);
  }
}

async function serverIfAny(session: Session, id: string, signal?: AbortSignal): Promise<Server | undefined> {
  try {
    return await getServer(session, id, signal);
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}
