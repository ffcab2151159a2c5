import { collection, HEALTHY, type Json, link, ROOT, resource } from "./resource";

const SERVICE = `${ROOT}/UpdateService`;

/** Of the agent, as IPMI's Get Device ID says it too. */
export const VERSION = "1.00";

/** Nothing is updated here: `pulumi up` brings another agent. */
export const updateService = (): Json =>
  resource("UpdateService", SERVICE, {
    Id: "UpdateService",
    Name: "Update service",
    ServiceEnabled: false,
    FirmwareInventory: link(`${SERVICE}/FirmwareInventory`),
    Status: { State: "Disabled", Health: "OK" },
  });

export const firmwareInventory = (): Json =>
  collection("SoftwareInventoryCollection", `${SERVICE}/FirmwareInventory`, "Firmware", ["BMC"]);

export const bmcFirmware = (): Json =>
  resource("SoftwareInventory", `${SERVICE}/FirmwareInventory/BMC`, {
    Id: "BMC",
    Name: "OVB virtual BMC",
    Version: VERSION,
    Updateable: false,
    Status: HEALTHY,
  });
