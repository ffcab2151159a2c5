import type { Session } from "../../openstack/session";
import { type Answer, confirm, type Deed, whereabouts } from "../command/confirm";
import { adoptMark } from "../ironic/adopt";
import type { LabIronic } from "../ironic/labIronic";
import { isBeingDeployed, isDeployed } from "../ironic/node";
import { holdsSomething } from "../lab/deployedNodes";
import { isUntouched, wasUsed } from "../nodes/nodeDisks";

/** What is about to begin on nodes of a lab's Ironic. */
export interface Beginning {
  readonly ironic: LabIronic;
  readonly session: Session;
  readonly stack: string;
  /** Names. */
  readonly nodes: readonly string[];
}

/** Asks where a deployment would write over something. @throws as confirm() does */
export async function askBeforeDeploy(beginning: Beginning, answer: Answer): Promise<void> {
  const facts = await lostDisks(beginning.ironic, beginning.nodes);
  await ask("Deploy over what may be on nodes", beginning, facts, answer);
}

/**
 * Those of these nodes whose disk may hold something of somebody's, and why: untouched disks do not, and nodes that a
 * deployment leaves alone or only waits out lose nothing.
 */
export async function lostDisks(ironic: LabIronic, nodes: readonly string[]): Promise<Deed["facts"]> {
  const disks = ironic.disks();
  const states = new Map((await ironic.look(disks)).map((node) => [node.name, node]));
  const facts: [string, string][] = [];
  for (const name of nodes) {
    const node = states.get(name);
    if (node && (isDeployed(node) || isBeingDeployed(node))) continue;
    const disk = await disks.get(name);
    if (disk && !isUntouched(disk)) facts.push([name, `what is on its disk is lost (${wasUsed(disk)})`]);
  }
  return facts;
}

/** Asks before Ironic takes nodes back that hold something, by its own word. @throws as confirm() does */
export async function askBeforeUndeploy(beginning: Beginning, answer: Answer): Promise<void> {
  const { ironic, nodes } = beginning;
  const held = (await ironic.look()).filter(
    ({ name, provision_state: state, extra }) =>
      // One that is to be adopted holds what was deployed, whatever Ironic says yet.
      nodes.includes(name ?? "") && (holdsSomething(state) || adoptMark in extra),
  );
  const lost =
    "powered off, Ironic forgets what was deployed, and wipes its disk where ovb:undercloud.ironic.automatedClean is on";
  const facts = held.map(({ name, provision_state: state }) => [name!, `${state}: ${lost}`] as const);
  await ask("Take back nodes", beginning, facts, answer);
}

async function ask(
  what: string,
  { ironic, session, stack }: Beginning,
  facts: Deed["facts"],
  answer: Answer,
): Promise<void> {
  if (facts.length === 0) return;
  const cloud = ["cloud", await whereabouts(session)] as const;
  const deed = {
    what: `${what} of the lab ${ironic.inventory.lab}, stack ${stack}:`,
    facts: [cloud, ...facts],
  };
  await confirm(deed, answer);
}
