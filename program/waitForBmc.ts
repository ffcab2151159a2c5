import { consoleNow, consoleTail } from "../openstack/console";
import { hasStatus } from "../openstack/error";
import type { Session } from "../openstack/session";
import { answersFor, type BmcEndpoint, lastReadiness } from "../plan/lab/bmcReadiness";
import { until } from "../process/until";

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
const lookMs = 2000;
const reportMs = 30_000;

/**
 * Until the BMC's agent says on its console, which Nova shows, that it answers for these nodes.
 * @throws Error with the console's end when it does not in time
 */
export async function waitForBmc(wait: BmcWait): Promise<void> {
  const { session, lab, name, serverId, endpoints, timeoutSeconds, report } = wait;
  const began = session.now();
  let reported = began;
  let text = "";
  let state = "";
  const look = async () => {
    const shown = await consoleOf(wait);
    text = shown ?? text;
    const said = lastReadiness(text, lab);
    if (said && answersFor(said, endpoints)) return said;
    state = !said
      ? shown === undefined
        ? "Nova shows no console of it: it is off, or between two boots"
        : "its agent has not said anything yet"
      : said.ready
        ? `its agent answers for ${said.nodes} nodes, and not yet for all of these ${endpoints.length}`
        : `its agent is not ready${said.troubles.length > 0 ? `: ${said.troubles.join(", and ")}` : ""}`;
    const now = session.now();
    if (now - reported >= reportMs && now - began < timeoutSeconds * 1000) {
      report(`waiting for the BMC ${name} since ${Math.round((now - began) / 1000)} s: ${state}`);
      reported = now;
    }
    return undefined;
  };
  if (!(await until(look, { clock: session, pauseMs: lookMs, timeoutMs: timeoutSeconds * 1000 })))
    throw new Error(
      `The BMC ${name} did not answer for every node within ${timeoutSeconds} s (ovb:bmc.readinessTimeout): ${state}. ` +
        `Run the command again to go on waiting; 0 does not wait.\n${consoleTail(`${name} (${serverId})`, text)}`,
    );
}

async function consoleOf({ session, name, serverId }: BmcWait): Promise<string | undefined> {
  try {
    return await consoleNow(session, serverId);
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
    throw new Error(
      `The server ${name} is gone from the cloud (${serverId}): \`npx ovb up\` makes it again; with Pulumi alone, ` +
        "`pulumi refresh` and then `pulumi up`.",
    );
  }
}
