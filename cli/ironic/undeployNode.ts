import { dropAdoptMark } from "./adopt";
import type { IronicClient } from "./client";
import { getNode, manage, setProvisionState, type Waiting, waitForState } from "./node";

/** States from which Ironic takes a node back, and those in which it is at it. */
const taken =
  /^(active|deploy failed|error|wait call-back|rescue|rescue failed|unrescue failed|service failed)$/;
const underWay = /^(deleting|cleaning|clean wait)$/;

/**
 * Takes a node back: Ironic powers it off, cleans it where it is to, and has it `available`. Safe to repeat.
 * @returns whether there was something to take back
 * @throws NodeFailed; IronicError for a state that Ironic does not take a node back from
 */
export async function undeployNode(client: IronicClient, name: string, waiting: Waiting): Promise<boolean> {
  const node = await getNode(client, name);
  const { provision_state: state } = node;
  const mark = dropAdoptMark(node);
  if (mark.length > 0 && !underWay.test(state)) await client.call("PATCH", `/v1/nodes/${name}`, mark);
  if (state === "enroll" || state === "manageable" || state === "available") return false;
  if (state === "clean failed" || state === "adopt failed") {
    await manage(client, name, waiting);
    return true;
  }
  if (!underWay.test(state)) {
    if (!taken.test(state))
      throw new Error(
        `${name} is ${state}, from which Ironic does not take a node back: wait until it is through`,
      );
    await setProvisionState(client, name, "deleted");
  }
  await waitForState(client, name, "available", waiting);
  return true;
}
