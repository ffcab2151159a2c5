import type { NodeFacts, RedfishNode } from "./node";
import { collection, healthy, type Json, pathOf, resource } from "./resource";

/** What Ironic's inspection reads below a system: one processor, one disk, a NIC per MAC. */
export const ethernetInterfaces = (node: RedfishNode): Json =>
  collection("EthernetInterfaceCollection", below(node, "EthernetInterfaces"), "NICs", nicIds(node));

export function ethernetInterface(node: RedfishNode, id: string): Json | undefined {
  const mac = node.hardware?.macs?.[nicIds(node).indexOf(id)];
  if (mac === undefined) return undefined;
  return resource("EthernetInterface", `${below(node, "EthernetInterfaces")}/${id}`, {
    Id: id,
    Name: id,
    InterfaceEnabled: true,
    MACAddress: mac,
    PermanentMACAddress: mac,
    Status: healthy,
  });
}

export const processors = (node: RedfishNode): Json | undefined =>
  present(node.hardware?.vcpus, () =>
    collection("ProcessorCollection", below(node, "Processors"), "Processors", ["CPU0"]),
  );

export const processor = (node: RedfishNode): Json | undefined =>
  present(node.hardware?.vcpus, (vcpus) =>
    resource("Processor", `${below(node, "Processors")}/CPU0`, {
      Id: "CPU0",
      Name: "CPU0",
      ProcessorType: "CPU",
      ProcessorArchitecture: "x86",
      InstructionSet: "x86-64",
      TotalCores: vcpus,
      TotalThreads: vcpus,
      Status: healthy,
    }),
  );

export const memories = (node: RedfishNode): Json | undefined =>
  present(node.hardware?.memoryMiB, () =>
    collection("MemoryCollection", below(node, "Memory"), "Memory", ["DIMM0"]),
  );

export const memory = (node: RedfishNode): Json | undefined =>
  present(node.hardware?.memoryMiB, (memoryMiB) =>
    resource("Memory", `${below(node, "Memory")}/DIMM0`, {
      Id: "DIMM0",
      Name: "DIMM0",
      MemoryType: "DRAM",
      CapacityMiB: memoryMiB,
      Status: healthy,
    }),
  );

export const simpleStorages = (node: RedfishNode): Json | undefined =>
  present(node.hardware?.diskGiB, () =>
    collection("SimpleStorageCollection", below(node, "SimpleStorage"), "Storage", ["0"]),
  );

export const simpleStorage = (node: RedfishNode): Json | undefined =>
  present(node.hardware?.diskGiB, (diskGiB) =>
    resource("SimpleStorage", `${below(node, "SimpleStorage")}/0`, {
      Id: "0",
      Name: "Disks",
      Status: healthy,
      Devices: [{ Name: "Disk 0", CapacityBytes: diskGiB * 1024 ** 3, Status: healthy }],
    }),
  );

const nicIds = ({ hardware }: NodeFacts): string[] => (hardware?.macs ?? []).map((_, index) => `NIC${index}`);

const below = (node: RedfishNode, name: string): string => `${pathOf("Systems", node)}/${name}`;

const present = <T>(fact: T | undefined, make: (fact: T) => Json): Json | undefined =>
  fact === undefined ? undefined : make(fact);
