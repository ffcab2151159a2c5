import type { Disk } from "../../nova/nodeFromServer";
import type { RedfishNode } from "./node";
import { collection, healthy, type Json, link, pathOf, resource } from "./resource";

/** One controller with every disk, by what Nova says of them. */
const storageId = "1";

const disksOf = ({ hardware }: RedfishNode): readonly Disk[] => hardware?.disks ?? [];

const at = (node: RedfishNode): string => `${pathOf("Systems", node)}/Storage`;

export const storages = (node: RedfishNode): Json | undefined =>
  disksOf(node).length === 0 ? undefined : collection("StorageCollection", at(node), "Storage", [storageId]);

export function storage(node: RedfishNode): Json | undefined {
  const disks = disksOf(node);
  if (disks.length === 0) return undefined;
  return resource("Storage", `${at(node)}/${storageId}`, {
    Id: storageId,
    Name: "Disks",
    StorageControllers: [
      {
        "@odata.id": `${at(node)}/${storageId}#/StorageControllers/0`,
        MemberId: "0",
        Name: "Virtual controller",
        Status: healthy,
      },
    ],
    "StorageControllers@odata.count": 1,
    Drives: disks.map(({ id }) => link(`${at(node)}/${storageId}/Drives/${id}`)),
    "Drives@odata.count": disks.length,
    Volumes: link(`${at(node)}/${storageId}/Volumes`),
    Status: healthy,
  });
}

export function disk(node: RedfishNode, id: string): Json | undefined {
  const found = disksOf(node).find((each) => each.id === id);
  if (found === undefined) return undefined;
  return resource("Drive", `${at(node)}/${storageId}/Drives/${id}`, {
    Id: id,
    Name: found.name,
    CapacityBytes: found.bytes ?? null,
    MediaType: "SSD",
    Status: healthy,
  });
}

/** Nobody makes RAIDs of them. */
export const volumes = (node: RedfishNode): Json | undefined =>
  disksOf(node).length === 0
    ? undefined
    : collection("VolumeCollection", `${at(node)}/${storageId}/Volumes`, "Volumes", []);
