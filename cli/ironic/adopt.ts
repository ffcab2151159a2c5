import type { IronicClient } from "./client";
import { type IronicNode, setProvisionState, type Waiting, waitForState } from "./node";
import { type DeployRecord, instanceInfoOf } from "./record";

/** In `extra` of a node that is to be adopted, until it is: so that an enrolment that was interrupted goes on with it. */
export const adoptMark = "ovb_adopt";

/**
 * Takes a node from `manageable` to `active` without touching it: Ironic neither powers it nor changes its boot device.
 * Its power state Ironic has read on the way to `manageable`.
 * @param record what is deployed; undefined: something that nobody wrote down
 * @throws NodeFailed
 */
export async function adopt(
  client: IronicClient,
  name: string,
  record: DeployRecord | undefined,
  waiting: Waiting,
): Promise<void> {
  const info = record ? instanceInfoOf(record) : { image_type: "whole-disk" };
  await client.call("PATCH", `/v1/nodes/${name}`, [{ op: "replace", path: "/instance_info", value: info }]);
  await setProvisionState(client, name, "adopt");
  const node = await waitForState(client, name, "active", waiting);
  const rest = dropAdoptMark(node);
  if (rest.length > 0) await client.call("PATCH", `/v1/nodes/${name}`, rest);
}

/** The change of a node that is not to be adopted any more; empty where that is so. */
export function dropAdoptMark({ extra }: IronicNode): { op: string; path: string }[] {
  return adoptMark in extra ? [{ op: "remove", path: `/extra/${adoptMark}` }] : [];
}
