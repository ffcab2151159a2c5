import type { Disk } from "../../nova/nodeFromServer";
import type { RedfishNode } from "./node";
import { collection, HEALTHY, type Json, link, pathOf, resource } from "./resource";

/** One controller with every disk, by what Nova says of them. */
const ID = "1";

const disksOf = ({ hardware }: RedfishNode): readonly Disk[] => hardware?.disks ?? [];

const at = (node: RedfishNode): string => `${pathOf("Systems", node)}/Storage`;

export const storages = (node: RedfishNode): Json | undefined =>
  disksOf(node).length === 0 ? undefined : collection("StorageCollection", at(node), "Storage", [ID]);

export function storage(node: RedfishNode): Json | undefined {
  const disks = disksOf(node);
  if (disks.length === 0) return undefined;
  return resource("Storage", `${at(node)}/${ID}`, {
    Id: ID,
    Name: "Disks",
    StorageControllers: [
      {
        "@odata.id": `${at(node)}/${ID}#/StorageControllers/0`,
        MemberId: "0",
        Name: "Virtual controller",
        Status: HEALTHY,
      },
    ],
    "StorageControllers@odata.count": 1,
    Drives: disks.map(({ id }) => link(`${at(node)}/${ID}/Drives/${id}`)),
    "Drives@odata.count": disks.length,
    Volumes: link(`${at(node)}/${ID}/Volumes`),
    Status: HEALTHY,
  });
}

export function disk(node: RedfishNode, id: string): Json | undefined {
  const found = disksOf(node).find((each) => each.id === id);
  if (found === undefined) return undefined;
  return resource("Drive", `${at(node)}/${ID}/Drives/${id}`, {
    Id: id,
    Name: found.name,
    CapacityBytes: found.bytes ?? null,
    MediaType: "SSD",
    Status: HEALTHY,
  });
}

/** Nobody makes RAIDs of them. */
export const volumes = (node: RedfishNode): Json | undefined =>
  disksOf(node).length === 0
    ? undefined
    : collection("VolumeCollection", `${at(node)}/${ID}/Volumes`, "Volumes", []);
