import { listNetworking, type Port } from "../../openstack/neutron";
import { listServersDetail } from "../../openstack/nova";
import type { Session } from "../../openstack/session";
import type { LabPlan } from "../../plan/lab/labPlan";
import type { Resource } from "../../tenant/inventory";
import { markOf } from "../../tenant/whose";

export type PortFacts = Pick<Port, "id" | "network_id" | "mac_address" | "device_id" | "fixed_ips">;

/** What a take-over has to know of a tenant beside whose its resources are. */
export interface CloudParts {
  /** Of the lab's security groups. */
  readonly rules: readonly { readonly id: string; readonly groupId: string; readonly description: string }[];
  /** Host routes of the lab's subnets. */
  readonly routes: readonly {
    readonly subnetId: string;
    readonly destination: string;
    readonly nexthop: string;
  }[];
  /** Floating IPs that lead to a port, by their id. */
  readonly associations: readonly { readonly id: string; readonly portId: string }[];
  /** Id of the cloud's router that the lab is planned to use; absent: it has its own, or none. */
  readonly existingRouter?: string;
  readonly ports: readonly PortFacts[];
  /** Nova's, such as ACTIVE, by server. */
  readonly statuses: ReadonlyMap<string, string>;
  /** Ids of the servers that have a config drive. */
  readonly configDrives: ReadonlySet<string>;
}

/** Reads only. */
export async function cloudParts(
  session: Session,
  plan: LabPlan,
  tenant: readonly Resource[],
): Promise<CloudParts> {
  const ours = (kind: Resource["kind"]) =>
    tenant.filter((one) => one.kind === kind && markOf(one)?.lab === plan.name).map(({ id }) => id);
  const existing = plan.router?.kind === "existing" ? plan.router.name : undefined;
  const [subnets, addresses, routers, ports, servers, ...rules] = await Promise.all([
    listNetworking(session, "subnets"),
    listNetworking(session, "floatingips"),
    existing === undefined ? [] : listNetworking(session, "routers", { name: existing }),
    listNetworking(session, "ports"),
    listServersDetail(session),
    ...ours("security group").map(async (groupId) => {
      const found = await listNetworking(session, "security-group-rules", { security_group_id: groupId });
      return found.map(({ id, description }) => ({ id, groupId, description: description ?? "" }));
    }),
  ]);
  const ownSubnets = ours("subnet");
  return {
    rules: rules.flat(),
    routes: subnets
      .filter(({ id }) => ownSubnets.includes(id))
      .flatMap(({ id, host_routes }) => host_routes.map((route) => ({ subnetId: id, ...route }))),
    associations: addresses.flatMap(({ id, port_id }) => (port_id ? [{ id, portId: port_id }] : [])),
    existingRouter: routers[0]?.id,
    ports,
    statuses: new Map(servers.map(({ id, status }) => [id, status])),
    configDrives: new Set(servers.flatMap(({ id, config_drive }) => (config_drive ? [id] : []))),
  };
}
