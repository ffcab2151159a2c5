import { consoleNow, consoleTail } from "../../openstack/console";
import { listServers } from "../../openstack/nova";
import type { Session } from "../../openstack/session";
import type { LabPlan, NodePlan } from "../../plan/lab/labPlan";
import { labTag } from "../../plan/lab/tags";
import { until } from "../../process/until";
import { configDrive, imageToDeploy, noImage } from "../deploy/deploy";
import type { LabIronic } from "../ironic/labIronic";
import { type IronicNode, isBeingDeployed, isDeployed } from "../ironic/node";
import { isUntouched, type NodeDisks } from "../nodes/nodeDisks";
import { fetches } from "./firstBoot";

/** What shows that the lab does what it is for: a node was deployed, or the lab is not new and was looked at. */
export type Proof =
  | {
      readonly node: NodePlan;
      /** From the request to the deployed system's own word on its console. */
      readonly seconds: number;
    }
  | { readonly seen: readonly { readonly node: NodePlan; readonly state: string }[] };

/** A first boot from disk takes half a minute on hardware, 3 minutes under emulation on a busy machine. */
const bootMs = 20 * 60_000;

/** In `extra` of the node that is deployed as the proof, so that a run that comes after Ctrl-C knows it as such. */
const proofMark = "ovb_proof";

/**
 * Has Ironic deploy the first node of a new lab with the image that the undercloud brings, and waits until the deployed
 * system says so on its console. Of a lab that is not new it touches nothing: Ironic's answer and the nodes' states are
 * then the proof. A deployment of ours that was interrupted is seen to its end.
 * @throws Error with the end of the node's console.
 */
export async function firstDeploy(
  session: Session,
  ironic: LabIronic,
  plan: LabPlan,
  report: (line: string) => void,
  signal?: AbortSignal,
): Promise<Proof | undefined> {
  const node = plan.nodes[0];
  if (!node) return undefined;
  const disks = ironic.disks();
  const states = await ironic.look(disks);
  const ours = states.find(({ name, extra }) => name === node.name && proofMark in extra);
  if (!(ours && isBeingDeployed(ours)) && !(await isNew(plan, states, disks))) {
    const proof = looked(plan, states);
    report(`this lab is not new, so no node is deployed to prove it: ${proofText(proof)}`);
    return proof;
  }
  const image = imageToDeploy(plan.undercloud!.ironic, plan.ctlplane.bootUrl, await ironic.broughtImage());
  if (!image) {
    report(`no node is deployed to prove the lab: ${noImage}`);
    return looked(plan, states);
  }
  const servers = await listServers(session, { tags: [labTag(plan.name)] }, signal);
  const idOf = (name: string) => servers.find((server) => server.name === name)!.id;
  const began = Date.now();
  const done = new AbortController();
  const watching = watchFetch(session, idOf(plan.undercloud!.name), node, report, done.signal);
  const mark = (change: object) => ironic.client.call("PATCH", `/v1/nodes/${node.name}`, [change]);
  const path = `/extra/${proofMark}`;
  try {
    if (!ours) await mark({ op: "add", path, value: "this lab's proof" });
    const userData = `#cloud-config\nruncmd:\n- [sh, -c, 'echo "${marker(node)}" >/dev/console']\n`;
    await ironic.deploy(
      [node.name],
      image,
      (name) => configDrive(name, { userData, sshKey: ironic.publicKey }),
      false,
    );
  } finally {
    done.abort();
    await watching;
  }
  report(`${node.name} is active: waiting for its own word on its console`);
  const id = idOf(node.name);
  let text = "";
  const booted = async () => {
    text = (await consoleNow(session, id, signal)) ?? text;
    return text.includes(marker(node)) || undefined;
  };
  if (!(await until(booted, { clock: session, pauseMs: 3000, timeoutMs: bootMs, signal })))
    throw new Error(
      `${node.name} is active and did not boot what was deployed in ${bootMs / 60_000} minutes\n` +
        `${consoleTail(node.name, text)}\n` +
        `\`npx ovb console ${node.key} --follow\` goes on from there; \`npx ovb undeploy ${node.key}\`, then \`npx ovb deploy ${node.key}\` tries again.`,
    );
  await mark({ op: "remove", path });
  return { node, seconds: (Date.now() - began) / 1000 };
}

function looked(plan: LabPlan, states: readonly IronicNode[]): Proof {
  const stateOf = (name: string) =>
    states.find((one) => one.name === name)?.provision_state ?? "not enrolled";
  return { seen: plan.nodes.map((node) => ({ node, state: stateOf(node.name) })) };
}

/** What a summary says of it, after "proof". */
export function proofText(proof: Proof): string {
  if ("seen" in proof) {
    const states = proof.seen.map(({ node, state }) => `${node.key} ${state}`);
    return `Ironic answers: ${states.join(", ")}`;
  }
  return `Ironic deployed Debian on ${proof.node.key} in ${proof.seconds.toFixed(0)} s, and it booted that`;
}

/** Whether nothing was ever deployed in this lab: by what Ironic knows, by our records, and by Nova's history of each disk. */
async function isNew(plan: LabPlan, states: readonly IronicNode[], disks: NodeDisks): Promise<boolean> {
  if (states.some((state) => isDeployed(state) || isBeingDeployed(state))) return false;
  for (const { name } of plan.nodes) {
    const disk = await disks.get(name);
    if (!disk || !isUntouched(disk)) return false;
  }
  return true;
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
    const count = async () => fetches((await consoleNow(session, undercloud, signal)) ?? "", node);
    const before = await count();
    const more = async () => (await count()) > before || undefined;
    await until(more, { clock: session, pauseMs: 3000, timeoutMs: Number.POSITIVE_INFINITY, signal });
    report(`${node.name} has fetched ${node.bootScript}`);
  } catch {
    // aborted, or the cloud does not answer just now: the deployment says what matters
  }
}
