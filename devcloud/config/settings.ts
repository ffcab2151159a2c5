/** Every secret of one cloud. None is ever on a command line: files of mode 0600, environments and pipes only. */
export interface CloudSecrets {
  database: string;
  messageQueue: string;
  /** The password the services authenticate to Keystone with. */
  service: string;
  admin: string;
  tenant: string;
  /** Shared by Neutron's metadata proxy and Nova, which trusts the instance id it signs. */
  metadata: string;
}

/** Neutron's backend (network/kind.ts). */
export const networkNames = ["ovn", "ovs"] as const;
export type NetworkName = (typeof networkNames)[number];

export interface CloudSettings {
  network: NetworkName;
  /** Nova's FakeDriver in place of libvirt: servers are "active" in a second and nothing boots. */
  fakeCompute: boolean;
  secrets: CloudSecrets;
}

/** The host name of every box: Nova and Neutron register their agents under it. */
export const hostname = "devcloud";

export const region = "RegionOne";

/**
 * The external network, in its own corner of the world: the box has no route to anywhere else. Its gateway is the
 * box itself, which makes the APIs reachable from VMs behind a router as well as from `exec`.
 */
export const publicNetwork = {
  name: "public",
  bridge: "br-ex",
  cidr: "172.24.4.0/24",
  gateway: "172.24.4.1",
  pool: { start: "172.24.4.10", end: "172.24.4.200" },
} as const;

export interface Endpoint {
  name: string;
  type: string;
  port: number;
  path: string;
}

/** What goes into Keystone's catalog. */
export const endpoints = {
  keystone: { name: "keystone", type: "identity", port: 5000, path: "/v3" },
  glance: { name: "glance", type: "image", port: 9292, path: "" },
  placement: { name: "placement", type: "placement", port: 8778, path: "" },
  nova: { name: "nova", type: "compute", port: 8774, path: "/v2.1" },
  neutron: { name: "neutron", type: "network", port: 9696, path: "" },
} as const satisfies Record<string, Endpoint>;

export function endpointUrl(endpoint: Endpoint): string {
  return `http://${publicNetwork.gateway}:${endpoint.port}${endpoint.path}`;
}

/** Where Keystone is for everything in the box and for `exec`. */
export const authUrl = endpointUrl(endpoints.keystone);

/** Where the services keep their data: in the box's own changes, gone with the cloud. */
export const dataFolder = "/var/lib/devcloud";

/** Bound to the cloud's state folder, so that logs can be read from outside and outlive a crash. */
export const logFolder = "/var/log/devcloud";

/** The switch's database, by the socket it listens on. */
export const ovsdbSocket = "/run/openvswitch/db.sock";

/** Where Neutron and Nova find it. Over TCP an OVSDB server gives a client up that is late by five seconds. */
export const ovsdbConnection = `unix:${ovsdbSocket}`;

/** Where supervisord and supervisorctl find their configuration, in the box. */
export const supervisordConfPath = "/etc/devcloud/supervisord.conf";
