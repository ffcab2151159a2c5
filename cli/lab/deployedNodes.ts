import { counted } from "../command/confirm";
import { IronicClient } from "../ironic/client";
import type { IronicOutputs } from "../ironic/labIronic";
import { listNodes } from "../ironic/node";

/** Nobody waits longer for an answer that only makes a question clearer. */
const patienceMs = 5000;

/** States of a node on which nothing was deployed, or from which it was taken back. */
const bare = /^(enroll|verifying|manageable|available|inspect.*|clean.*|deleting)$/;

/** Whether Ironic's word for a node means that something of somebody's may be on its disk. */
export function holdsSomething(provisionState: string): boolean {
  return !bare.test(provisionState);
}

/**
 * The nodes that the lab's Ironic has deployed, in words: "2: ovb-dev-node-0, ovb-dev-node-1".
 * @returns undefined where there are none, or no Ironic
 */
export async function deployedNodes({ ironic }: IronicOutputs): Promise<string | undefined> {
  if (!ironic) return undefined;
  const client = new IronicClient(ironic, { signal: AbortSignal.timeout(patienceMs), patienceMs: 0 });
  try {
    const held = (await listNodes(client)).filter(({ provision_state: state }) => holdsSomething(state));
    return held.length > 0 ? counted(held.map(({ name, uuid }) => name ?? uuid)) : undefined;
  } catch {
    return "not known: the lab's Ironic does not answer";
  }
}
