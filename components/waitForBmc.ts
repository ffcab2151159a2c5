import { consoleOutput } from "../openstack/nova";
import type { Session } from "../openstack/session";
import { type BmcEndpoint, endpointSet, lastReadiness } from "../plan/bmc/readiness";

export interface BmcWait {
  readonly session: Session;
  readonly lab: string;
  /** Name of its VM, for messages. */
  readonly name: string;
  readonly serverId: string;
  /** For whom it is to answer. */
  readonly endpoints: readonly BmcEndpoint[];
  readonly timeoutSeconds: number;
  readonly report: (line: string) => void;
}

/** Milliseconds between two looks at the console; a guest's boot is tens of seconds. */
const LOOK = 2000;
const REPORT = 30_000;
const TAIL = 40;

/**
 * Until the BMC's agent says on its console, which Nova shows, that it answers for exactly these nodes.
 * @throws Error with the console's end when it does not in time
 */
export async function waitForBmc(wait: BmcWait): Promise<void> {
  const { session, lab, name, serverId, endpoints, timeoutSeconds, report } = wait;
  const wanted = endpointSet(endpoints);
  const began = session.now();
  let reported = began;
  for (;;) {
    const text = await consoleOutput(session, serverId);
    const said = lastReadiness(text, lab);
    if (said?.ready && said.set === wanted) return;
    const seconds = Math.round((session.now() - began) / 1000);
    const state = !said
      ? "its agent has not said anything yet"
      : said.set === wanted
        ? "its agent knows all nodes and is not ready"
        : `its agent knows ${said.nodes} nodes, and not yet all of these ${endpoints.length} where they are to answer`;
    if (seconds >= timeoutSeconds) {
      throw new Error(
        `The BMC ${name} did not answer for every node within ${timeoutSeconds} s (ovb:bmc.readinessTimeout): ${state}. ` +
          "Run the command again to go on waiting; 0 does not wait.\n" +
          `--- end of the console of ${name} (${serverId}) ---\n${text.split("\n").slice(-TAIL).join("\n")}`,
      );
    }
    if (session.now() - reported >= REPORT) {
      report(`waiting for the BMC ${name} since ${seconds} s: ${state}`);
      reported = session.now();
    }
    await session.sleep(LOOK);
  }
}
