import type { BmcDriver } from "./dialect";
import type { Inventory, InventoryNode } from "./inventory";

/** Ironic's driver_info of a node. */
export type DriverInfo = Readonly<Record<string, string | number | boolean>>;

/**
 * How Ironic reaches a node's BMC. Without a BMC: nothing, with the hardware type manual-management.
 * @throws Error where Redfish is asked of a BMC that does not speak it.
 */
export function driverInfo({ bmc }: Inventory, node: InventoryNode, driver: BmcDriver): DriverInfo {
  if (!bmc || !node.ipmi || !node.redfishSystem) return {};
  if (driver === "ipmi") {
    return {
      ipmi_address: node.ipmi.address,
      ipmi_port: node.ipmi.port,
      ipmi_username: bmc.username,
      ipmi_password: bmc.password,
      // HMAC-SHA256. ipmitool's own default was 3 (SHA-1) before 1.8.19.
      ipmi_cipher_suite: "17",
    };
  }
  return {
    redfish_address: redfishUrl(bmc.redfishUrl),
    redfish_system_id: node.redfishSystem,
    redfish_username: bmc.username,
    redfish_password: bmc.password,
    // The certificate is the lab's own.
    ...(bmc.redfishUrl?.startsWith("https:") && { redfish_verify_ca: false }),
  };
}

/** Ironic's hardware type. */
export function hardwareType({ bmc }: Inventory, driver: BmcDriver): string {
  return bmc ? driver : "manual-management";
}

/** @throws Error where it is absent. */
export function redfishUrl(url: string | undefined): string {
  if (url === undefined) throw new Error("This lab's BMC speaks no Redfish: take --driver ipmi");
  return url;
}
