/** The network of the undercloud's and the BMC's outer NIC. */
export type AccessPlan =
  | ({ readonly kind: "create" } & CreatedNetwork)
  | { readonly kind: "existing"; readonly name: string };

export interface CreatedNetwork {
  readonly name: string;
  /** Bytes; absent: the cloud's own. */
  readonly mtu?: number;
  readonly portSecurity: PortSecurity;
  /** Neutron's; absent: the cloud chooses. */
  readonly availabilityZones?: readonly string[];
  readonly subnet: SubnetPlan;
}

/** Whether port_security_enabled is sent at all: some clouds refuse the attribute itself. */
export type PortSecurity = "unset" | "enabled" | "disabled";

/**
 * Who answers the nodes' DHCP. `undercloud`: it alone is heard, on every backend, because the subnet has no DHCP of the
 * cloud's and the undercloud's port no port security, which would drop a VM's answers with Neutron's agents.
 * `undercloud-ovn`: the nodes' ports are left out of the cloud's DHCP, port security stays as it is; OVN alone can that.
 */
export type DhcpServer = "cloud" | "undercloud" | "undercloud-ovn";

/** Both ends belong to it. */
export interface AddressRange {
  readonly start: string;
  readonly end: string;
}

export interface SubnetPlan {
  readonly name: string;
  readonly cidr: string;
  /** Absent: the subnet has no gateway. */
  readonly gateway?: string;
  readonly dhcp: boolean;
  readonly dns: readonly string[];
  readonly pool?: AddressRange;
  readonly routes: readonly { readonly destination: string; readonly nextHop: string }[];
}

export interface RouterPlan {
  readonly kind: "create" | "existing";
  readonly name: string;
  /** The subnets of the lab that it serves. */
  readonly interfaces: readonly ("access" | "ctlplane")[];
  /** Its port on the ctlplane, where it serves that: the subnet has no gateway that would name the address. */
  readonly ctlplanePort?: RouterPortPlan;
  /** Neutron's, of one that is made; absent: the cloud chooses. */
  readonly availabilityZones?: readonly string[];
}

/** Without a security group: Neutron filters nothing on a router's port. */
export interface RouterPortPlan {
  readonly name: string;
  readonly address: string;
  readonly tags: readonly string[];
}

export interface CtlplanePlan extends CreatedNetwork {
  readonly mtu: number;
  /** http://ADDRESS:PORT of the undercloud's boot server. */
  readonly bootUrl: string;
  /** The undercloud's address, bootUrl's host. Outside the subnet only for an undercloud elsewhere. */
  readonly server: string;
  /**
   * The nodes' default route, which the DHCP options of their ports name; absent: they get none. The subnet has no gateway:
   * Neutron's DHCP would give it to the undercloud and the BMC too, whose way out is the access network.
   */
  readonly gateway?: string;
  /** Who answers the nodes' DHCP; absent: the cloud. */
  readonly dhcpServer?: Exclude<DhcpServer, "cloud">;
  /** For underclouds that are not this program's (kinds custom and none): where their DHCP may give addresses. */
  readonly ranges?: { readonly dhcp: AddressRange; readonly inspection: AddressRange };
}

export type ExtraNetworkPlan =
  | ({ readonly kind: "create"; readonly key: string } & CreatedNetwork)
  | { readonly kind: "existing"; readonly key: string; readonly name: string };

export interface SecurityGroupPlan {
  readonly key: "ctlplane" | "access";
  readonly name: string;
  readonly description: string;
  readonly rules: readonly SecurityGroupRulePlan[];
}

/** An IPv4 ingress rule. Egress stays as Neutron's default: everything. */
export interface SecurityGroupRulePlan {
  readonly name: string;
  readonly protocol?: "icmp" | "tcp" | "udp";
  readonly port?: number;
  /** A CIDR; absent: from anywhere. */
  readonly from?: string;
}
