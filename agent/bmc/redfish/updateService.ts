import { collection, healthy, type Json, link, resource, root } from "./resource";

const servicePath = `${root}/UpdateService`;

/** Of the agent, as IPMI's Get Device ID says it too. */
export const firmwareVersion = "1.00";

/** Nothing is updated here: `pulumi up` brings another agent. */
export const updateService = (): Json =>
  resource("UpdateService", servicePath, {
    Id: "UpdateService",
    Name: "Update service",
    ServiceEnabled: false,
    FirmwareInventory: link(`${servicePath}/FirmwareInventory`),
    Status: { State: "Disabled", Health: "OK" },
  });

export const firmwareInventory = (): Json =>
  collection("SoftwareInventoryCollection", `${servicePath}/FirmwareInventory`, "Firmware", ["BMC"]);

export const bmcFirmware = (): Json =>
  resource("SoftwareInventory", `${servicePath}/FirmwareInventory/BMC`, {
    Id: "BMC",
    Name: "OVB virtual BMC",
    Version: firmwareVersion,
    Updateable: false,
    Status: healthy,
  });
