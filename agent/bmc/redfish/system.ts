import { boot, bootRules, setBoot } from "./boot";
import { powerState, type RedfishNode } from "./node";
import type { Rules } from "./patch";
import { allowedResets } from "./reset";
import { HEALTHY, type Json, link, pathOf, resource } from "./resource";

/** @throws MachineBusy while the power state is not known */
export async function system(node: RedfishNode): Promise<Json> {
  const path = pathOf("Systems", node);
  const { vcpus, memoryMiB, diskGiB } = node.hardware ?? {};
  return resource("ComputerSystem", path, {
    Id: node.key,
    Name: node.key,
    SystemType: "Virtual",
    // As in the guest's own DMI tables under an unbranded Nova (nova/version.py; the serial number is the server's id).
    Manufacturer: "OpenStack Foundation",
    Model: "OpenStack Nova",
    SerialNumber: node.uuid,
    UUID: node.uuid,
    PowerState: await powerState(node),
    Status: HEALTHY,
    Boot: boot(node),
    ...(vcpus !== undefined && {
      ProcessorSummary: { Count: 1, LogicalProcessorCount: vcpus, CoreCount: vcpus },
      Processors: link(`${path}/Processors`),
    }),
    ...(memoryMiB !== undefined && {
      MemorySummary: { TotalSystemMemoryGiB: memoryMiB / 1024 },
    }),
    ...(diskGiB !== undefined && { SimpleStorage: link(`${path}/SimpleStorage`) }),
    EthernetInterfaces: link(`${path}/EthernetInterfaces`),
    ...(node.virtualMedia && { VirtualMedia: link(`${path}/VirtualMedia`) }),
    Actions: {
      "#ComputerSystem.Reset": {
        target: `${path}/Actions/ComputerSystem.Reset`,
        "ResetType@Redfish.AllowableValues": allowedResets(node),
      },
    },
    Links: {
      Chassis: [link(pathOf("Chassis", node))],
      ManagedBy: [link(pathOf("Managers", node))],
    },
  });
}

/** What a PATCH may change of it. */
export const systemRules = (node: RedfishNode): Rules => ({ Boot: bootRules(node) });

/** @param wish as `systemRules` allows it @throws MachineBusy, Refusal */
export async function setSystem(node: RedfishNode, { Boot }: Json): Promise<void> {
  if (Boot !== undefined) await setBoot(node, Boot as Json);
}
