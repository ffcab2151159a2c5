import { deleteNetworking, listNetworking, removeHostRoute } from "../../openstack/neutron";
import type { Session } from "../../openstack/session";
import type { LabPlan } from "../../plan/lab/labPlan";
import { tokens } from "../../plan/review/resource";
import type { Inputs, StateResource } from "../stack/stateFile";

/** A route of a subnet. */
interface Route {
  readonly subnetId: string;
  readonly destination: string;
  readonly nextHop: string;
}

/**
 * After an `up` that was killed or that failed: takes away the parts of the lab's subnets and security groups that it made
 * without knowing. A route and a rule have no tag, and the cloud refuses a second one that is the same, so Pulumi could
 * never make it. What somebody else has added to them stays: a route is taken only when it is one that Pulumi was making or
 * would make next, a rule by its description, which is the name that the lab gives it.
 * @param resources the stack's state
 * @param pending arguments of the routes that a killed run was creating
 */
export async function removeOrphanParts(
  session: Session,
  resources: readonly StateResource[],
  plan: LabPlan,
  pending: readonly Inputs[],
  report: (line: string) => void,
): Promise<void> {
  await Promise.all([
    removeRoutes(
      session,
      resources,
      [...plannedRoutes(resources, plan), ...pending.flatMap(asRoute)],
      report,
    ),
    removeRules(session, resources, plan, report),
  ]);
}

async function removeRoutes(
  session: Session,
  resources: readonly StateResource[],
  routes: readonly Route[],
  report: (line: string) => void,
): Promise<void> {
  const known = new Set(
    resources
      .filter(({ type }) => type === tokens.route)
      .flatMap(({ inputs }) => asRoute(inputs ?? {}))
      .map(keyOf),
  );
  for (const route of new Map(routes.map((one) => [keyOf(one), one])).values()) {
    if (known.has(keyOf(route))) continue;
    const { subnetId, destination, nextHop } = route;
    if (await removeHostRoute(session, subnetId, destination, nextHop))
      report(
        `took the route to ${destination} off the subnet ${subnetId} again, where an earlier run had put it`,
      );
  }
}

async function removeRules(
  session: Session,
  resources: readonly StateResource[],
  plan: LabPlan,
  report: (line: string) => void,
): Promise<void> {
  const known = new Set(resources.map(({ id }) => id));
  for (const { name } of plan.securityGroups) {
    const group = made(resources, tokens["security group"], name);
    if (group === undefined) continue;
    for (const { id, description } of await listNetworking(session, "security-group-rules", {
      security_group_id: group,
    })) {
      if (known.has(id) || !description?.startsWith(`${name}-`)) continue;
      report(`deleting the rule ${description} (${id}), which an earlier run left`);
      await deleteNetworking(session, "security-group-rules", id);
    }
  }
}

/** Of the subnets that the state has. */
function plannedRoutes(resources: readonly StateResource[], plan: LabPlan): Route[] {
  return [plan.access, plan.ctlplane, ...plan.networks].flatMap((network) => {
    if (!("subnet" in network)) return [];
    const subnetId = made(resources, tokens.subnet, network.subnet.name);
    return subnetId === undefined ? [] : network.subnet.routes.map((route) => ({ subnetId, ...route }));
  });
}

/** The id of what the program made under this name. */
function made(resources: readonly StateResource[], type: string, name: string): string | undefined {
  return resources.find((one) => one.type === type && !one.external && one.urn.split("::").at(-1) === name)
    ?.id;
}

function asRoute({ subnetId, destinationCidr, nextHop }: Inputs): Route[] {
  return subnetId && destinationCidr && nextHop ? [{ subnetId, destination: destinationCidr, nextHop }] : [];
}

function keyOf({ subnetId, destination, nextHop }: Route): string {
  return `${subnetId} ${destination} ${nextHop}`;
}
