import { hasStatus } from "./error";
import { listAll } from "./paging";
import type { Query, Session } from "./session";

interface Resource {
  id: string;
  name: string;
  project_id: string;
  tags: string[];
  description: string;
  /** UTC, "2026-11-21T10:00:00Z". Absent where the cloud has no timestamp extension. */
  created_at?: string;
}

export interface Network extends Resource {
  /** Bytes. */
  mtu: number;
  "router:external": boolean;
  shared: boolean;
  status: string;
  subnets: string[];
  /** Absent where the cloud has no port_security extension. */
  port_security_enabled?: boolean;
}

export interface Subnet extends Resource {
  network_id: string;
  cidr: string;
  gateway_ip: string | null;
  enable_dhcp: boolean;
  ip_version: 4 | 6;
  allocation_pools: { start: string; end: string }[];
  dns_nameservers: string[];
  host_routes: { destination: string; nexthop: string }[];
}

export interface FixedIp {
  subnet_id?: string;
  ip_address?: string;
}

export interface AddressPair {
  /** An address or a CIDR, as it was written. On OVN an address here takes the network from a port that has it; see docs/networking.md. */
  ip_address: string;
  /** @default the port's own */
  mac_address?: string;
}

export interface DhcpOption {
  opt_name: string;
  /** null takes the option away. */
  opt_value: string | null;
  /** @default 4 */
  ip_version?: 4 | 6;
}

export interface Port extends Resource {
  network_id: string;
  mac_address: string;
  admin_state_up: boolean;
  /** ACTIVE once it is wired, DOWN otherwise. */
  status: string;
  /** Id of the server or router, "" when unused. */
  device_id: string;
  /** "compute:nova", "network:dhcp", "network:router_interface", … */
  device_owner: string;
  fixed_ips: Required<FixedIp>[];
  allowed_address_pairs: Required<AddressPair>[];
  extra_dhcp_opts: DhcpOption[];
  security_groups: string[];
  port_security_enabled?: boolean;
  /** Grows with every change; see `updatePort`. */
  revision_number: number;
}

export interface Router extends Resource {
  status: string;
  external_gateway_info: { network_id: string; external_fixed_ips?: Required<FixedIp>[] } | null;
  routes: { destination: string; nexthop: string }[];
}

export interface FloatingIp extends Omit<Resource, "name"> {
  floating_ip_address: string;
  floating_network_id: string;
  fixed_ip_address: string | null;
  port_id: string | null;
  status: string;
}

export interface SecurityGroup extends Resource {
  security_group_rules: SecurityGroupRule[];
}

export interface SecurityGroupRule {
  id: string;
  description: string | null;
  direction: "ingress" | "egress";
  ethertype: string;
  protocol: string | null;
  port_range_min: number | null;
  port_range_max: number | null;
  remote_ip_prefix: string | null;
  remote_group_id: string | null;
}

export interface Trunk extends Resource {
  port_id: string;
  status: string;
  sub_ports: { port_id: string; segmentation_type: string; segmentation_id: number }[];
}

/** Collections as they are called in Neutron's paths. */
export interface Collections {
  networks: Network;
  subnets: Subnet;
  ports: Port;
  routers: Router;
  floatingips: FloatingIp;
  "security-groups": SecurityGroup;
  "security-group-rules": SecurityGroupRule;
  trunks: Trunk;
}

export type Collection = keyof Collections;

/** All of a collection that match, such as `{ name: "ctlplane", tags: "ovb,lab=dev" }`; a comma between tags means and. */
export function listNetworking<K extends Collection>(
  session: Session,
  collection: K,
  filter: Query = {},
  signal?: AbortSignal,
): Promise<Collections[K][]> {
  return listAll(session, "network", `/${collection}`, collection.replaceAll("-", "_"), {
    query: filter,
    signal,
  });
}

/** Throws `OpenStackError` with status 404 when there is none. */
export async function getNetworking<K extends Collection>(
  session: Session,
  collection: K,
  id: string,
  signal?: AbortSignal,
): Promise<Collections[K]> {
  const answer = await session.request<Record<string, Collections[K]>>(
    "network",
    "GET",
    pathOf(collection, id),
    {
      signal,
      field: singular(collection),
    },
  );
  return answer[singular(collection)]!;
}

/**
 * Makes one. Repeated by nobody: after a lost answer there may be one that the caller has to look for.
 * @param fields as Neutron's API reference has them for this kind
 * @param timeoutMs for the answer @default one minute
 */
export async function createNetworking<K extends Collection>(
  session: Session,
  collection: K,
  fields: object,
  { timeoutMs, signal }: { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<Collections[K]> {
  const kind = singular(collection);
  const answer = await session.request<Record<string, Collections[K]>>("network", "POST", `/${collection}`, {
    json: { [kind]: fields },
    ...(timeoutMs !== undefined && { timeoutMs }),
    signal,
    field: kind,
  });
  return answer[kind]!;
}

/** False when it was gone already. 409 means that something still uses it; the error names what. */
export async function deleteNetworking(
  session: Session,
  collection: Collection,
  id: string,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    await session.request("network", "DELETE", pathOf(collection, id), { signal });
    return true;
  } catch (error) {
    if (hasStatus(error, 404)) return false;
    throw error;
  }
}

export interface PortChange {
  name?: string;
  /** Replaces all of them. */
  allowed_address_pairs?: AddressPair[];
  /** Replaces all of them. */
  fixed_ips?: FixedIp[];
  /** Merged by name; a null value takes one away. */
  extra_dhcp_opts?: DhcpOption[];
}

/**
 * Changes a port and gives it as it then is.
 * @param ifRevision the `revision_number` the change was computed from: status 412 when somebody changed the port since
 */
export async function updatePort(
  session: Session,
  id: string,
  change: PortChange,
  { ifRevision, signal }: { ifRevision?: number; signal?: AbortSignal } = {},
): Promise<Port> {
  const { port } = await session.request<{ port: Port }>("network", "PUT", pathOf("ports", id), {
    json: { port: change },
    headers: ifRevision === undefined ? undefined : { "If-Match": `revision_number=${ifRevision}` },
    // Repeated after a lost answer, a conditional change would meet its own new revision.
    idempotent: ifRevision === undefined,
    signal,
    field: "port",
  });
  return port;
}

/** Aliases of what this Neutron can do beyond the core, such as "port-security" and "extra_dhcp_opt". */
export async function networkExtensions(session: Session, signal?: AbortSignal): Promise<Set<string>> {
  const { extensions } = await session.request<{ extensions: { alias: string }[] }>(
    "network",
    "GET",
    "/extensions",
    {
      signal,
      field: "extensions",
    },
  );
  return new Set(extensions.map((extension) => extension.alias));
}

/** Takes a subnet off a router. False when it was not on it; 409 when a floating IP or a route still needs it. */
export async function removeRouterInterface(
  session: Session,
  routerId: string,
  subnetId: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const path = `${pathOf("routers", routerId)}/remove_router_interface`;
  try {
    await session.request("network", "PUT", path, { json: { subnet_id: subnetId }, signal });
    return true;
  } catch (error) {
    if (hasStatus(error, 404)) return false;
    throw error;
  }
}

/** Takes a host route off a subnet. False when it, or the subnet, was not there. */
export async function removeHostRoute(
  session: Session,
  subnetId: string,
  destination: string,
  nexthop: string,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    const { host_routes } = await getNetworking(session, "subnets", subnetId, signal);
    const kept = host_routes.filter((one) => one.destination !== destination || one.nexthop !== nexthop);
    if (kept.length === host_routes.length) return false;
    const json = { subnet: { host_routes: kept } };
    await session.request("network", "PUT", pathOf("subnets", subnetId), { json, signal });
    return true;
  } catch (error) {
    if (hasStatus(error, 404)) return false;
    throw error;
  }
}

/** Makes these the resource's only tags. */
export async function setTags(
  session: Session,
  collection: Collection,
  id: string,
  tags: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  await session.request("network", "PUT", `${pathOf(collection, id)}/tags`, { json: { tags }, signal });
}

function pathOf(collection: Collection, id: string): string {
  return `/${collection}/${encodeURIComponent(id)}`;
}

function singular(collection: Collection): string {
  return collection.replaceAll("-", "_").replace(/s$/, "");
}
