import { isIPv4, isIPv6, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { parameters } from "./body";
import { powerState, type RedfishNode } from "./node";
import { Refusal, shown } from "./refusal";
import { collection, healthy, type Json, link, pathOf, resource } from "./resource";
import { firmwareVersion } from "./updateService";

const resetAction = "#Manager.Reset";
const resetTypes: readonly string[] = ["GracefulRestart", "ForceRestart"];

/** @throws Refusal */
export function checkManagerReset(body: Json): void {
  // Redfish lets a service have a default where there is one sensible value.
  const { ResetType: type = "ForceRestart" } = parameters(resetAction, body, { optional: ["ResetType"] });
  if (!resetTypes.includes(type as string)) {
    throw new Refusal("ActionParameterValueNotInList", { args: [shown(type), "ResetType", resetAction] });
  }
}

/** One per node although one process serves them all: clients look for a node's virtual media below its own manager. */
export function manager(node: RedfishNode): Json {
  const path = pathOf("Managers", node);
  return resource("Manager", path, {
    Id: node.key,
    Name: `BMC of ${node.key}`,
    ManagerType: "BMC",
    Model: "OVB virtual BMC",
    FirmwareVersion: firmwareVersion,
    UUID: node.uuid,
    PowerState: "On",
    Status: healthy,
    EthernetInterfaces: link(`${path}/EthernetInterfaces`),
    NetworkProtocol: link(`${path}/NetworkProtocol`),
    Actions: {
      [resetAction]: {
        target: `${path}/Actions/Manager.Reset`,
        "ResetType@Redfish.AllowableValues": resetTypes,
      },
    },
    ...(node.virtualMedia && { VirtualMedia: link(`${path}/VirtualMedia`) }),
    Links: {
      ManagerForServers: [link(pathOf("Systems", node))],
      ManagerForChassis: [link(pathOf("Chassis", node))],
      ManagerInChassis: link(pathOf("Chassis", node)),
    },
  });
}

/** @throws MachineBusy while the power state is not known */
const nicId = "NIC0";

export const managerNics = (node: RedfishNode): Json =>
  collection("EthernetInterfaceCollection", `${pathOf("Managers", node)}/EthernetInterfaces`, "NICs", [
    nicId,
  ]);

/** @param local the socket's by which a client has come: where the BMC is, as far as it can know */
export function managerNic(node: RedfishNode, { localAddress = "" }: Socket): Json {
  const address = localAddress.replace(/^::ffff:/, "");
  const own = Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.address === address);
  const mask = own && { SubnetMask: own.netmask };
  return resource("EthernetInterface", `${pathOf("Managers", node)}/EthernetInterfaces/${nicId}`, {
    Id: nicId,
    Name: "The BMC's NIC",
    InterfaceEnabled: true,
    LinkStatus: "LinkUp",
    IPv4Addresses: isIPv4(address) ? [{ Address: address, AddressOrigin: "Static", ...mask }] : [],
    IPv6Addresses: isIPv6(address) ? [{ Address: address, AddressOrigin: "Static" }] : [],
    Status: healthy,
  });
}

/** @param local the socket's by which a client has come */
export function networkProtocol(node: RedfishNode, local: Socket): Json {
  const isTls = "encrypted" in local;
  const on = { ProtocolEnabled: true, Port: local.localPort };
  const off = { ProtocolEnabled: false };
  return resource("ManagerNetworkProtocol", `${pathOf("Managers", node)}/NetworkProtocol`, {
    Id: "NetworkProtocol",
    Name: "Protocols of the BMC",
    HTTP: isTls ? off : on,
    HTTPS: isTls ? on : off,
    IPMI: { ProtocolEnabled: true, ...(node.ipmiPort !== undefined && { Port: node.ipmiPort }) },
    Status: healthy,
  });
}

export const chassis = async (node: RedfishNode): Promise<Json> =>
  resource("Chassis", pathOf("Chassis", node), {
    Id: node.key,
    Name: `Chassis of ${node.key}`,
    ChassisType: "StandAlone",
    SerialNumber: node.uuid,
    PowerState: await powerState(node),
    Status: healthy,
    Links: {
      ComputerSystems: [link(pathOf("Systems", node))],
      ManagedBy: [link(pathOf("Managers", node))],
      ManagersInChassis: [link(pathOf("Managers", node))],
    },
  });
