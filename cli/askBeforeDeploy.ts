import type { Session } from "../openstack/session";
import { type Answer, confirm, whereabouts } from "./confirm";
import { holdsSomething } from "./deployedNodes";
import type { LabIronic } from "./ironic/labIronic";
import { getNode } from "./ironic/node";

/** A deployment that is about to begin. */
export interface Beginning {
  readonly ironic: LabIronic;
  readonly session: Session;
  readonly stack: string;
  /** Names. */
  readonly nodes: readonly string[];
}

/** States that deploy leaves alone, or only waits out. */
const untouched = ["active", "deploying", "wait call-back"];

/**
 * Asks where a node that is to be deployed may have something of somebody's; of bare nodes nothing.
 * @throws as confirm() does
 */
export async function askBeforeDeploy(
  { ironic, session, stack, nodes }: Beginning,
  answer: Answer,
): Promise<void> {
  const states = await Promise.all(
    nodes.map(async (name) => [name, (await getNode(ironic.client, name)).provision_state] as const),
  );
  const held = states.filter(([, state]) => holdsSomething(state) && !untouched.includes(state));
  if (held.length === 0) return;
  const facts = held.map(
    ([name, state]) => [name, `Ironic says ${state}; its disk is written anew`] as const,
  );
  await confirm(
    {
      what: `Deploy over what may be on nodes of the lab ${ironic.inventory.lab}, stack ${stack}:`,
      facts: [["cloud", await whereabouts(session)], ...facts],
    },
    answer,
  );
}
