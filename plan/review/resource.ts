/**
 * What a change of a field does to its resource, as plugin 5.5.1 does it (Terraform provider 3.4.0: its
 * ForceNew fields replace) with the options that the components give. test/cloud/planDiff.test.ts asks the real one.
 */
export type Effect =
  | "update"
  | "replace"
  /** In place, and the server is shut down and started for it. */
  | "resize"
  /** Nothing: the program ignores it on a resource that is there already. */
  | "none"
  /** Nothing by Pulumi: `ovb up` tells the running VM. */
  | "handOver";

export interface Field {
  /** In words, for people; undefined: not sent. */
  readonly value: string | undefined;
  readonly effect: Effect;
  /** Key of the resource that the value is the id of: a new one of that is another value. */
  readonly of?: string;
  readonly ofType?: ResourceType;
  /** The cloud chooses what is not sent, so taking the value away changes nothing. */
  readonly computed?: boolean;
  /** What the cloud has where nothing is sent: saying so changes nothing. */
  readonly usual?: string;
  /** Of a list: a change is shown as what goes and what comes. */
  readonly items?: readonly string[];
  /** May hold a password: never shown. */
  readonly hidden?: boolean;
}

export type ResourceType = keyof typeof tokens;

/** Pulumi's type tokens. */
export const tokens = {
  network: "openstack:networking/network:Network",
  subnet: "openstack:networking/subnet:Subnet",
  route: "openstack:networking/subnetRoute:SubnetRoute",
  router: "openstack:networking/router:Router",
  "router interface": "openstack:networking/routerInterface:RouterInterface",
  "security group": "openstack:networking/secGroup:SecGroup",
  rule: "openstack:networking/secGroupRule:SecGroupRule",
  port: "openstack:networking/port:Port",
  "floating IP": "openstack:networking/floatingIp:FloatingIp",
  association: "openstack:networking/floatingIpAssociate:FloatingIpAssociate",
  server: "openstack:compute/instance:Instance",
  image: "openstack:images/image:Image",
  credential: "openstack:identity/applicationCredential:ApplicationCredential",
} as const;

export interface PlannedResource {
  readonly type: ResourceType;
  /** Pulumi's name of it, which is its name on the cloud as well but for images. */
  readonly name: string;
  readonly fields: Readonly<Record<string, Field>>;
}

export function keyOf(type: ResourceType, name: string): string {
  return `${type} ${name}`;
}
