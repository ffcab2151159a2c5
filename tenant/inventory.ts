import { hasStatus } from "../openstack/error";
import { listImages } from "../openstack/glance";
import { listApplicationCredentials } from "../openstack/keystone";
import { type Collection, listNetworking, type Port } from "../openstack/neutron";
import { listServersDetail, type Server } from "../openstack/nova";
import type { Session } from "../openstack/session";

/** Kinds of what a lab is made of, called as in their API's path. */
export type Kind =
  | "server"
  | "floating IP"
  | "application credential"
  | "router interface"
  | "port"
  | "image"
  | "router"
  | "security group"
  | "subnet"
  | "network";

/** Something of the tenant, with what tells whose it is. */
export interface Resource {
  readonly kind: Kind;
  readonly id: string;
  /** A floating IP's address, where there is no name. */
  readonly name: string;
  readonly tags: readonly string[];
  /** "" where its kind has none. */
  readonly description: string;
  /** Milliseconds since 1970; undefined where the cloud does not say. */
  readonly madeMs?: number;
  /** Of a port and a subnet. */
  readonly networkId?: string;
  /** Of a port: its subnets. Of a router interface: the one it is on. */
  readonly subnetIds?: readonly string[];
  /** Of a port: "compute:nova", "network:dhcp", …; of a router interface, too. */
  readonly deviceOwner?: string;
  /** Of a port: the server that has it; of a router interface: the router. */
  readonly deviceId?: string;
}

const collections = {
  networks: "network",
  subnets: "subnet",
  ports: "port",
  routers: "router",
  floatingips: "floating IP",
  "security-groups": "security group",
} as const satisfies Partial<Record<Collection, Kind>>;

/** Owners of a router's ports on the networks that it serves (neutron_lib.constants.ROUTER_INTERFACE_OWNERS). */
const routerInterfaceOwners: readonly string[] = [
  "network:router_interface",
  "network:router_interface_distributed",
  "network:ha_router_replicated_interface",
];

/** Whether the port is a router's on a network that it serves. */
export function isRouterInterface({ device_owner }: Pick<Port, "device_owner">): boolean {
  return routerInterfaceOwners.includes(device_owner);
}

/** Everything of the session's project that a lab may consist of. Reads only; nothing of other projects. */
export async function tenantInventory(session: Session, signal?: AbortSignal): Promise<Resource[]> {
  const project = await session.projectId(signal);
  const [servers, images, credentials, ...networking] = await Promise.all([
    listServersDetail(session, {}, signal),
    listImages(session, { owner: project }, signal),
    applicationCredentials(session, signal),
    ...Object.entries(collections).map(([collection, kind]) =>
      networkingOf(session, collection as keyof typeof collections, kind, project, signal),
    ),
  ]);
  return [
    ...servers.map(serverResource),
    ...images.map(({ id, name, tags, created_at }) =>
      resource("image", { id, name: name ?? "", tags, created_at }),
    ),
    ...credentials
      .filter((credential) => credential.project_id === project)
      .map(({ id, name, description }) =>
        resource("application credential", { id, name, description: description ?? "" }),
      ),
    ...networking.flat(),
  ];
}

export function serverResource({
  id,
  name,
  tags,
  created,
}: Pick<Server, "id" | "name" | "tags" | "created">): Resource {
  return resource("server", { id, name, tags, created_at: created });
}

/** None where the session may not see them: it is itself an application credential with access rules. */
async function applicationCredentials(session: Session, signal?: AbortSignal) {
  try {
    return await listApplicationCredentials(session, signal);
  } catch (error) {
    if (hasStatus(error, 403)) return [];
    throw error;
  }
}

async function networkingOf(
  session: Session,
  collection: keyof typeof collections,
  kind: Kind,
  project: string,
  signal?: AbortSignal,
): Promise<Resource[]> {
  // With an administrator's token the list would hold other projects' as well.
  const found = await listNetworking(session, collection, { project_id: project }, signal);
  return found.map((item) => {
    const name = "floating_ip_address" in item ? item.floating_ip_address : item.name;
    const common = resource(kind, { ...item, name });
    if ("device_owner" in item) return { ...common, ...portFacts(item) };
    return "network_id" in item ? { ...common, networkId: item.network_id } : common;
  });
}

function portFacts(port: Port): Partial<Resource> {
  return {
    kind: isRouterInterface(port) ? "router interface" : "port",
    networkId: port.network_id,
    subnetIds: port.fixed_ips.map(({ subnet_id }) => subnet_id),
    deviceOwner: port.device_owner,
    deviceId: port.device_id,
  };
}

interface Facts {
  readonly id: string;
  readonly name: string;
  readonly tags?: readonly string[];
  readonly description?: string;
  readonly created_at?: string;
}

function resource(kind: Kind, { id, name, tags = [], description = "", created_at }: Facts): Resource {
  const madeMs = created_at === undefined ? Number.NaN : Date.parse(created_at);
  return { kind, id, name, tags, description, ...(!Number.isNaN(madeMs) && { madeMs }) };
}
