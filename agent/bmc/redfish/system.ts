import { boot, bootRules, setBoot } from "./boot";
import { powerState, type RedfishNode } from "./node";
import type { Rules } from "./patch";
import { allowedResets } from "./reset";
import { healthy, type Json, link, pathOf, resource } from "./resource";

/** @throws MachineBusy while the power state is not known */
export async function system(node: RedfishNode): Promise<Json> {
  const path = pathOf("Systems", node);
  const { vcpus, memoryMiB, diskGiB, disks = [] } = node.hardware ?? {};
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
    PowerRestorePolicy: "AlwaysOff",
    LocationIndicatorActive: node.indicator.isLit,
    IndicatorLED: node.indicator.isLit ? "Lit" : "Off",
    // Nova does not say which build of SeaBIOS or OVMF it is.
    BiosVersion: node.firmware === "uefi" ? "UEFI" : "BIOS",
    Status: healthy,
    Boot: boot(node),
    ...(node.bios && { Bios: link(`${path}/Bios`) }),
    ...(node.firmware === "uefi" && { SecureBoot: link(`${path}/SecureBoot`) }),
    ...(vcpus !== undefined && {
      ProcessorSummary: { Count: 1, LogicalProcessorCount: vcpus, CoreCount: vcpus },
      Processors: link(`${path}/Processors`),
    }),
    ...(memoryMiB !== undefined && {
      MemorySummary: { TotalSystemMemoryGiB: memoryMiB / 1024 },
      Memory: link(`${path}/Memory`),
    }),
    ...(disks.length > 0 && { Storage: link(`${path}/Storage`) }),
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
export const systemRules = (node: RedfishNode): Rules => ({
  Boot: bootRules(node),
  LocationIndicatorActive: "boolean",
  IndicatorLED: ["Lit", "Blinking", "Off"],
});

/** @param wish as `systemRules` allows it @throws MachineBusy, Refusal */
export async function setSystem(node: RedfishNode, wish: Json): Promise<void> {
  const { Boot, IndicatorLED: led, LocationIndicatorActive: active = led && led !== "Off" } = wish;
  if (Boot !== undefined) await setBoot(node, Boot as Json);
  if (active !== undefined) node.indicator.light(active ? Number.POSITIVE_INFINITY : 0);
}
