import { removeRouterInterface } from "../../openstack/neutron";
import type { Session } from "../../openstack/session";
import type { LabPlan } from "../../plan/lab/labPlan";
import { tokens } from "../../plan/review/resource";
import type { Resource } from "../../tenant/inventory";
import { nameOf, type StateResource } from "../stack/stateFile";

/**
 * Takes the router off the ctlplane where Pulumi could not go on with it as it is, and Neutron deletes the port with it:
 * - a run was killed after the port of the lab was put on the router: a second time is refused (409), and so is the port's end;
 * - a lab of 0.1: its interface has the subnet's gateway address, which the planned port is to have, and holds the gateway on
 *   the subnet.
 * @param plan absent: the lab is to end
 * @returns ids of what is gone with that
 */
export async function clearRouterInterfaces(
  session: Session,
  made: readonly StateResource[],
  inventory: readonly Resource[],
  plan: LabPlan | undefined,
  report: (line: string) => void,
): Promise<ReadonlySet<string>> {
  const cleared = new Set<string>();
  const idsOf = (type: string) =>
    new Map(made.filter((one) => one.type === type).map((one) => [one.id, one]));
  const [interfaces, ports] = [idsOf(tokens["router interface"]), idsOf(tokens.port)];
  for (const { kind, id, deviceId, subnetIds = [] } of inventory) {
    if (kind !== "router interface" || deviceId === undefined) continue;
    const known = interfaces.get(id);
    const isHalf = !known && ports.has(id);
    const planned = plan?.router?.ctlplanePort?.name;
    const isOld = known !== undefined && !ports.has(id) && nameOf(known) === planned;
    if (!isHalf && !isOld) continue;
    report(
      isHalf
        ? "taking the router's interface off the ctlplane, which an earlier run put there without knowing"
        : "taking the router off the ctlplane until its port is made: the nodes have no way out meanwhile",
    );
    for (const subnet of subnetIds) await removeRouterInterface(session, deviceId, subnet);
    cleared.add(id);
  }
  return cleared;
}
