import type { RedfishNode } from "./node";

export type Json = { [property: string]: unknown };

export const root = "/redfish/v1";

/**
 * Schema versions that the answers keep to. Those of 2023.1 and before: old enough for the clients in use, new enough
 * for VirtualMedia below a system (ComputerSystem 1.13).
 */
export const schemas = {
  ServiceRoot: "v1_15_0",
  ComputerSystem: "v1_20_0",
  Processor: "v1_16_0",
  SimpleStorage: "v1_3_1",
  EthernetInterface: "v1_9_0",
  VirtualMedia: "v1_6_0",
  Manager: "v1_17_0",
  Chassis: "v1_22_0",
  SessionService: "v1_1_8",
  Session: "v1_5_0",
  AccountService: "v1_12_0",
  ManagerAccount: "v1_9_0",
  Role: "v1_3_1",
  Certificate: "v1_6_0",
  Bios: "v1_2_1",
  SecureBoot: "v1_1_0",
  Storage: "v1_15_0",
  Drive: "v1_17_0",
  Memory: "v1_17_0",
  UpdateService: "v1_12_0",
  SoftwareInventory: "v1_10_0",
  ManagerNetworkProtocol: "v1_9_0",
} as const;

export const collections = [
  "ComputerSystemCollection",
  "ProcessorCollection",
  "SimpleStorageCollection",
  "EthernetInterfaceCollection",
  "VirtualMediaCollection",
  "ManagerCollection",
  "ChassisCollection",
  "SessionCollection",
  "ManagerAccountCollection",
  "RoleCollection",
  "CertificateCollection",
  "StorageCollection",
  "VolumeCollection",
  "MemoryCollection",
  "SoftwareInventoryCollection",
] as const;

export type Schema = keyof typeof schemas;

/** @param path its "@odata.id", below which its own resources are */
export function resource(
  schema: Schema,
  path: string,
  properties: Json & { Id: string; Name: string },
): Json {
  return {
    "@odata.id": path,
    "@odata.type": `#${schema}.${schemas[schema]}.${schema}`,
    ...properties,
  };
}

export function collection(
  schema: (typeof collections)[number],
  path: string,
  name: string,
  ids: readonly string[],
): Json {
  return {
    "@odata.id": path,
    "@odata.type": `#${schema}.${schema}`,
    Name: name,
    Members: ids.map((id) => link(`${path}/${encodeURIComponent(id)}`)),
    "Members@odata.count": ids.length,
  };
}

export const link = (path: string): Json => ({ "@odata.id": path });

/** A node is one system, one manager and one chassis, all with the node's key as id. */
export const pathOf = (kind: "Systems" | "Managers" | "Chassis", node: RedfishNode): string =>
  `${root}/${kind}/${encodeURIComponent(node.key)}`;

export const healthy = { State: "Enabled", Health: "OK" };
