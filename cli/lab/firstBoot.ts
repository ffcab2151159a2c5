import { consoleNow, readConsoleTail } from "../../openstack/console";
import { isMomentary } from "../../openstack/momentary";
import { listServers, serverAction } from "../../openstack/nova";
import type { Session } from "../../openstack/session";
import { waitForServer } from "../../openstack/wait";
import type { LabPlan, NodePlan } from "../../plan/lab/labPlan";
import { labTag } from "../../plan/lab/tags";
import { until } from "../../process/until";
import type { Claim } from "../../tenant/claim";
import { isUntouched, NodeDisks } from "../nodes/nodeDisks";

/** A cold undercloud takes 1 minute on hardware, 3 to 5 under emulation; more than this and something is wrong. */
const patienceMs = 15 * 60_000;

export interface Fetch {
  readonly node: NodePlan;
  /** What it fetched: "boot.ipxe". */
  readonly script: string;
  /** Seconds from power on to the request; absent when it had been fetched before we came. */
  readonly seconds?: number;
}

/**
 * Powers a node on, waits until it has fetched its boot script from the undercloud, and powers it off again:
 * the proof that network boot works in this lab. Who fetched what stands in the undercloud's console log, which
 * Nova shows without SSH or an open port. When a node has fetched it before, nothing is touched;
 * nor when the undercloud is not ours, for we do not know what it serves; and never a node whose disk was in use.
 * @throws Error with the ends of both consoles when nothing was fetched in time.
 */
export async function firstBoot(
  session: Session,
  plan: LabPlan,
  claim: Claim,
  report: (line: string) => void,
  signal?: AbortSignal,
): Promise<Fetch | undefined> {
  if (plan.nodes.length === 0 || !plan.undercloud || plan.undercloud.kind === "custom") return undefined;
  const { name } = plan.undercloud;
  const undercloud = await serverOf(session, plan, name);
  const consoleText = async () => (await consoleNow(session, undercloud.id, signal)) ?? "";
  const before = await consoleText();
  const earlier = plan.nodes.find((candidate) => fetches(before, candidate) > 0);
  if (earlier) return { node: earlier, script: earlier.bootScript };
  const node = await firstUntouched(session, plan, claim, signal);
  if (!node) {
    report("every node's disk was in use, so none is network-booted to prove the lab");
    return undefined;
  }

  const within = async (what: string, look: () => Promise<boolean>, servers: readonly Named[]) => {
    const timeoutMs = deadline - session.now();
    const options = { clock: session, pauseMs: 2000, timeoutMs, signal, passes: isMomentary };
    if (!(await until(async () => (await look()) || undefined, options)))
      throw await failure(session, what, servers);
  };
  const deadline = session.now() + patienceMs;
  report(`waiting for the boot server of ${name}`);
  await within(`the boot server of ${name} did not start`, async () => served.test(await consoleText()), [
    undercloud,
  ]);
  const server = await serverOf(session, plan, node.name);
  const { id } = server;
  const began = Date.now();
  report(`powering ${node.name} on`);
  await serverAction(session, id, { do: "start" }, signal);
  await within(
    `${node.name} did not fetch ${node.bootFile}`,
    async () => fetches(await consoleText(), node) > 0,
    [undercloud, server],
  );
  const seconds = (Date.now() - began) / 1000;
  report(`${node.name} has fetched ${node.bootScript} from ${name}, ${seconds.toFixed(0)} s after power on`);
  await serverAction(session, id, { do: "stop" }, signal);
  await waitForServer(session, id, (now) => now?.status === "SHUTOFF", { timeoutMs: 120_000, signal });
  return { node, script: node.bootScript, seconds };
}

/** A node that may be powered on and off: nothing can be on its disk but what `up` put there. */
async function firstUntouched(
  session: Session,
  plan: LabPlan,
  claim: Claim,
  signal: AbortSignal | undefined,
): Promise<NodePlan | undefined> {
  const disks = new NodeDisks(session, claim, signal);
  for (const node of plan.nodes) {
    const disk = await disks.get(node.name);
    if (disk && isUntouched(disk)) return node;
  }
  return undefined;
}

/** What Python's http.server says when it listens. */
const served = /Serving HTTP on /;

/** How often the node's address has fetched its script, by the requests in the undercloud's console log. */
export function fetches(consoleLog: string, node: Pick<NodePlan, "address" | "bootScript">): number {
  const request = `${node.address} - - `;
  return consoleLog
    .split("\n")
    .filter(
      (line) =>
        line.includes(request) && line.includes(`"GET /${node.bootScript} `) && line.includes('" 200 '),
    ).length;
}

async function serverOf(session: Session, plan: LabPlan, name: string): Promise<Named> {
  const [server] = await listServers(session, { name, tags: [labTag(plan.name)] });
  if (!server) throw new Error(`${name} is not there: run the command again, it makes what is missing`);
  return server;
}

/** A server. */
interface Named {
  readonly id: string;
  readonly name: string;
}

async function failure(session: Session, what: string, servers: readonly Named[]): Promise<Error> {
  const tails = await Promise.all(servers.map((server) => readConsoleTail(session, server)));
  return new Error(`${what} within ${patienceMs / 60_000} minutes.\n${tails.join("\n")}`);
}
