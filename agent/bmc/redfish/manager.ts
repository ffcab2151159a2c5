import { powerState, type RedfishNode } from "./node";
import { HEALTHY, type Json, link, pathOf, resource } from "./resource";

/** One per node although one process serves them all: clients look for a node's virtual media below its own manager. */
export function manager(node: RedfishNode): Json {
  const path = pathOf("Managers", node);
  return resource("Manager", path, {
    Id: node.key,
    Name: `BMC of ${node.key}`,
    ManagerType: "BMC",
    Model: "OVB virtual BMC",
    PowerState: "On",
    Status: HEALTHY,
    ...(node.virtualMedia && { VirtualMedia: link(`${path}/VirtualMedia`) }),
    Links: {
      ManagerForServers: [link(pathOf("Systems", node))],
      ManagerForChassis: [link(pathOf("Chassis", node))],
      ManagerInChassis: link(pathOf("Chassis", node)),
    },
  });
}

/** @throws MachineBusy while the power state is not known */
export const chassis = async (node: RedfishNode): Promise<Json> =>
  resource("Chassis", pathOf("Chassis", node), {
    Id: node.key,
    Name: `Chassis of ${node.key}`,
    ChassisType: "StandAlone",
    SerialNumber: node.uuid,
    PowerState: await powerState(node),
    Status: HEALTHY,
    Links: {
      ComputerSystems: [link(pathOf("Systems", node))],
      ManagedBy: [link(pathOf("Managers", node))],
      ManagersInChassis: [link(pathOf("Managers", node))],
    },
  });
