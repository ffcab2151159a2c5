import { hasStatus } from "../openstack/error";
import { type Image, listImages } from "../openstack/glance";
import { type ApplicationCredential, listApplicationCredentials } from "../openstack/keystone";
import {
  type Collection,
  type FloatingIp,
  listNetworking,
  type Network,
  type Port,
  type Router,
  type SecurityGroup,
  type Subnet,
} from "../openstack/neutron";
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

/** What the cloud lists of a project, as its services show it. */
export interface Listed {
  readonly servers: readonly Server[];
  readonly images: readonly Image[];
  readonly credentials: readonly ApplicationCredential[];
  readonly networks: readonly Network[];
  readonly subnets: readonly Subnet[];
  readonly ports: readonly Port[];
  readonly routers: readonly Router[];
  readonly floatingips: readonly FloatingIp[];
  readonly securityGroups: readonly SecurityGroup[];
}

/** Everything of the session's project that a lab may consist of. Reads only; nothing of other projects. */
export async function tenantInventory(session: Session, signal?: AbortSignal): Promise<Resource[]> {
  const project_id = await session.projectId(signal);
  // With an administrator's token the lists would hold other projects' as well.
  const own = <K extends Collection>(collection: K) =>
    listNetworking(session, collection, { project_id }, signal);
  const [servers, images, credentials, networks, subnets, ports, routers, floatingips, securityGroups] =
    await Promise.all([
      listServersDetail(session, {}, signal),
      listImages(session, { owner: project_id }, signal),
      applicationCredentials(session, signal),
      ...([own("networks"), own("subnets"), own("ports"), own("routers")] as const),
      ...([own("floatingips"), own("security-groups")] as const),
    ]);
  const networking = { networks, subnets, ports, routers, floatingips, securityGroups };
  return inventoryOf({ servers, images, credentials, ...networking });
}

export function inventoryOf(listed: Listed): Resource[] {
  return [
    ...listed.servers.map(serverResource),
    ...listed.images.map(({ id, name, tags, created_at }) =>
      resource("image", { id, name: name ?? "", tags, created_at }),
    ),
    ...listed.credentials.map(({ id, name, description }) =>
      resource("application credential", { id, name, description: description ?? "" }),
    ),
    ...listed.networks.map((one) => resource("network", one)),
    ...listed.subnets.map((one) => ({ ...resource("subnet", one), networkId: one.network_id })),
    ...listed.ports.map((one) => ({ ...resource("port", one), ...portFacts(one) })),
    ...listed.routers.map((one) => resource("router", one)),
    ...listed.floatingips.map((one) => resource("floating IP", { ...one, name: one.floating_ip_address })),
    ...listed.securityGroups.map((one) => resource("security group", one)),
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

/** The project's; none where the session may not see them: it is itself an application credential with access rules. */
export async function applicationCredentials(
  session: Session,
  signal?: AbortSignal,
): Promise<ApplicationCredential[]> {
  const project = await session.projectId(signal);
  try {
    const all = await listApplicationCredentials(session, signal);
    return all.filter(({ project_id }) => project_id === project);
  } catch (error) {
    if (hasStatus(error, 403)) return [];
    throw error;
  }
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
