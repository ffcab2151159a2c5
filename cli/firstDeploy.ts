import { consoleOutput, listServers } from "../openstack/nova";
import type { Session } from "../openstack/session";
import type { LabPlan, NodePlan } from "../plan/labPlan";
import { labTag } from "../plan/labTag";
import { configDrive, packagedImage } from "./deploy";
import { fetches } from "./firstBoot";
import type { LabIronic } from "./ironic/labIronic";
import { getNode } from "./ironic/node";

export interface Deployment {
  readonly node: NodePlan;
  /** From the request to the deployed system's own word on its console; absent when it was deployed before. */
  readonly seconds?: number;
}

/** A first boot from disk takes half a minute on hardware, 3 minutes under emulation on a busy machine. */
const bootMs = 20 * 60_000;

/**
 * Has Ironic deploy the first node with the image that the undercloud brings, and waits until the deployed system says
 * so on its console: the proof that the lab does what it is for. A node that is deployed already is left alone.
 * @throws Error with the end of the node's console.
 */
export async function firstDeploy(
  session: Session,
  ironic: LabIronic,
  plan: LabPlan,
  report: (line: string) => void,
  signal?: AbortSignal,
): Promise<Deployment | undefined> {
  const node = plan.nodes[0];
  if (!node) return undefined;
  if ((await getNode(ironic.client, node.name)).provision_state === "active") return { node };
  const servers = await listServers(session, { tags: [labTag(plan.name)] }, signal);
  const idOf = (name: string) => servers.find((server) => server.name === name)!.id;
  const began = Date.now();
  const done = new AbortController();
  const watching = watchFetch(session, idOf(plan.undercloud!.name), node, report, done.signal);
  try {
    const userData = `#cloud-config\nruncmd:\n- [sh, -c, 'echo "${marker(node)}" >/dev/console']\n`;
    await ironic.deploy(
      [node.name],
      packagedImage(plan.ctlplane.bootUrl),
      (name) => configDrive(name, { userData }),
      false,
    );
  } finally {
    done.abort();
    await watching;
  }
  report(`${node.name} is active: waiting for its own word on its console`);
  const id = idOf(node.name);
  const deadline = Date.now() + bootMs;
  for (;;) {
    const text = await consoleOutput(session, id, undefined, signal);
    if (text.includes(marker(node))) break;
    if (Date.now() > deadline)
      throw new Error(
        `${node.name} is active and did not boot what was deployed in ${bootMs / 60_000} minutes\n` +
          `--- end of the console of ${node.name} ---\n${text.split("\n").slice(-40).join("\n")}`,
      );
    await session.sleep(3000, signal);
  }
  return { node, seconds: (Date.now() - began) / 1000 };
}

/** What the deployed system says when cloud-init is through. */
function marker({ name }: NodePlan): string {
  return `OVB: ${name} boots what Ironic deployed`;
}

/** Says when the node has fetched its boot script, until it is told to stop. Never fails: it is company for a wait. */
async function watchFetch(
  session: Session,
  undercloud: string,
  node: NodePlan,
  report: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    const before = fetches(await consoleOutput(session, undercloud, undefined, signal), node);
    while (fetches(await consoleOutput(session, undercloud, undefined, signal), node) <= before)
      await session.sleep(3000, signal);
    report(`${node.name} has fetched ${node.bootScript}`);
  } catch {
    // aborted, or the cloud does not answer just now: the deployment says what matters
  }
}
