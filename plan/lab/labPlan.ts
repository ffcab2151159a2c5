import type {
  AccessPlan,
  CtlplanePlan,
  ExtraNetworkPlan,
  PortSecurity,
  RouterPlan,
  SecurityGroupPlan,
} from "./networkPlan";

/**
 * What a lab is, down to each name, MAC, address, DHCP option, address pair and route. Plain data: the
 * components register it, the views print it, the agent gets its part of it as JSON, and none of them decides
 * anything. Made by planLab() of planLab.ts.
 */
export interface LabPlan {
  /** Prefix of every resource's name and value of the lab's tag. */
  readonly name: string;
  /** Tags of everything that can carry tags, "ovb" and "ovb:lab=NAME" among them. */
  readonly tags: readonly string[];
  /** The cloud's external network, by name: floating IPs and the router's gateway come from it. */
  readonly publicNetwork: string;
  readonly access: AccessPlan;
  readonly router?: RouterPlan;
  readonly ctlplane: CtlplanePlan;
  /** Networks beside the ctlplane, for nodes with more NICs. Sorted by name. */
  readonly networks: readonly ExtraNetworkPlan[];
  readonly securityGroups: readonly SecurityGroupPlan[];
  readonly images: ImagesPlan;
  /** Absent: the images' own sources, directly. */
  readonly packages?: PackagesPlan;
  /** Absent: one elsewhere, at ctlplane.server. */
  readonly undercloud?: UndercloudPlan;
  readonly bmc?: BmcPlan;
  /** In the order of the groups, then of the node's index. */
  readonly nodes: readonly NodePlan[];
  readonly totals: Totals;
}

/** The way to packages for the undercloud of kind ironic and the BMC. URLs that hold no secret and end without a slash. */
export interface PackagesPlan {
  /** Of the image's distribution. */
  readonly mirror?: string;
  /** For apt, dnf and pip. */
  readonly proxy?: string;
  /** In place of PyPI. */
  readonly pypi?: string;
}

export interface ImagesPlan {
  /** What baremetal nodes have on their disk: iPXE in an MBR disk image. */
  readonly disk: ImagePlan;
  /** The CD-ROM kind, for rescue and for nodes whose disk is a volume. */
  readonly iso?: ImagePlan;
}

export type ImagePlan =
  | { readonly kind: "existing"; readonly name: string }
  | {
      /** "build": the program makes the file when it is missing. "file", "url": the user brings it. */
      readonly kind: "build" | "file" | "url";
      readonly name: string;
      /** The file's path or URL; absent for "build", whose path only the builder knows. */
      readonly source?: string;
      /** absent for "build". */
      readonly format?: "qcow2" | "raw" | "iso";
      readonly firmware: Firmware;
    };

export type Firmware = "bios" | "uefi";

export interface ServerPlan {
  /** Name of the server, its host name, and the stem of its resources' names. */
  readonly name: string;
  readonly flavor: string;
  /** Nova's; absent: the cloud chooses. */
  readonly availabilityZone?: string;
  /** Name of the image; absent: the lab's iPXE disk image. */
  readonly image?: string;
  readonly configDrive: boolean;
  readonly ports: readonly PortPlan[];
  readonly tags: readonly string[];
}

export interface PortPlan {
  readonly name: string;
  /** "access", "ctlplane", or the key of an extra network. */
  readonly network: string;
  readonly mac?: string;
  /** Fixed address; absent: the cloud chooses. */
  readonly address?: string;
  /** CIDRs, a single address as A/32. */
  readonly allowedAddressPairs: readonly string[];
  readonly dhcpOptions: readonly { readonly name: string; readonly value: string }[];
  readonly portSecurity: PortSecurity;
  /** "sync": address and pairs are the plan's only until the port exists. Absent: they are the plan's for good. */
  readonly addressOwner?: "sync";
  /** Key of the security group; absent: none (port security off) or the cloud's default (a network of others). */
  readonly securityGroup?: SecurityGroupPlan["key"];
  readonly tags: readonly string[];
}

export interface UndercloudPlan extends ServerPlan {
  readonly kind: "ironic" | "boot-server" | "custom";
  /** Kind ironic only. */
  readonly ironic?: IronicPlan;
  /** Kind boot-server only. */
  readonly bootServer?: BootServerPlan;
  /** Kind custom only. */
  readonly custom?: CustomPlan;
  /** SSH public keys for the default user. */
  readonly authorizedKeys: readonly string[];
  /** On the ctlplane. */
  readonly address: string;
  readonly floatingIp: boolean;
}

/** A standalone Ironic on the undercloud. Its password is no part of the plan. */
export interface IronicPlan {
  /** Of its API. */
  readonly username: string;
  /** Where its password comes from: it follows from the lab's own secret, or the user has set it. */
  readonly passwordFrom: "lab" | "user";
  /** TCP port of the API from outside, by TLS. */
  readonly tlsPort: number;
  /** TCP port of boot.ipxe, IPA's RAM disk and images. */
  readonly bootPort: number;
  readonly automatedClean: boolean;
  /** Where IPA comes from; absent: it is in the undercloud's image. */
  readonly kernel?: Download;
  readonly ramdisk?: Download;
  /** What nodes are deployed with; absent: `files.image`, or what the undercloud's image has. */
  readonly image?: Download & { readonly format: "raw" | "qcow2" };
  /** Paths of files of this machine that `ovb up` brings to the undercloud. */
  readonly files: { readonly [Name in "kernel" | "ramdisk" | "image"]?: string };
  /** Whether `ovb up` enrols the nodes. */
  readonly enroll: boolean;
  /** Absent: the cloud's DHCP serves the nodes. */
  readonly dhcp?: PxePlan;
}

/** boot.ipxe and inspector.ipxe, and no more. */
export interface BootServerPlan {
  /** TCP port. */
  readonly port: number;
  /** Whether it answers on the metadata address as well. */
  readonly metadata: boolean;
  /** Absent: the cloud's DHCP serves. */
  readonly dhcp?: DhcpPlan;
}

/** What the undercloud's DHCP server is told where it serves the nodes. Names no node. */
export interface DhcpPlan {
  /** MAC of the node at the subnet's first address; a node's own has its address's offset added. */
  readonly firstMac: string;
  /** URL of what a node boots. */
  readonly bootFile: string;
  /** The nodes' default route; absent: they get none. */
  readonly gateway?: string;
}

/** The same where it serves plain PXE as well. */
export interface PxePlan extends DhcpPlan {
  /** Addresses of the lab's that are no node's: what has their MACs is not answered. */
  readonly others: readonly string[];
  /** Whether nodes reach the metadata address at the undercloud. */
  readonly metadata: boolean;
}

/** An undercloud of the user's own. */
export interface CustomPlan {
  /** cloud-init's, any kind of text; may hold secrets. Absent: the image does it all. */
  readonly userData?: string;
  /** Single addresses that it may hold beside its own. */
  readonly vips: readonly string[];
}

export interface Download {
  readonly url: string;
  readonly sha256: string;
}

export interface BmcPlan extends ServerPlan {
  /** On the ctlplane: Redfish for all nodes and, in mode `port`, each node's IPMI on a UDP port of its own. */
  readonly address: string;
  readonly mode: BmcMode;
  /** The addresses of the nodes' IPMI, as a CIDR; absent in mode `port`. */
  readonly block?: string;
  /** Of IPMI and Redfish. */
  readonly username: string;
  /** TCP ports of Redfish. */
  readonly redfish: { readonly httpPort?: number; readonly httpsPort?: number };
  /** SSH public keys for the default user. */
  readonly authorizedKeys: readonly string[];
  /** Where the agent's application credential comes from: the program makes it, or the user brought it. */
  readonly credential: "made" | "given";
  /** Whether the credential that the program makes is limited to the agent's calls. */
  readonly accessRules: boolean;
  /** Faults may be wished for: the agent changes ports, too. */
  readonly faults: boolean;
  /** Seconds to wait for the BMC to answer for every node; 0: none. */
  readonly readinessTimeout: number;
  /** Node.js on the VM; absent: found or installed there. */
  readonly nodePath?: string;
}

export type BmcMode = "port" | "address" | "nic";

/** How a node is made to boot from the network; see docs/bmc.md. */
export type BootStrategy = "rescue" | "rebuild" | "disk";

export interface NodePlan extends ServerPlan {
  /** GROUP-INDEX: the node's name without the lab's. */
  readonly key: string;
  readonly group: string;
  /** TripleO's: what kind of machine the node is to become. */
  readonly profile?: string;
  readonly mac: string;
  /** On the ctlplane. */
  readonly address: string;
  readonly bootScript: BootScript;
  /** What the node's firmware fetches: bootUrl/bootScript. */
  readonly bootFile: string;
  /** Where the node's IPMI answers; absent in a lab without a BMC. */
  readonly ipmiAddress?: string;
  /** UDP port of the node's IPMI. */
  readonly ipmiPort: number;
  readonly strategy: BootStrategy;
}

export type BootScript = "boot.ipxe" | "inspector.ipxe";

/** How many of each the lab asks of the tenant's quota. Cores, RAM and disk depend on flavors: see the tenant. */
export interface Totals {
  readonly instances: number;
  readonly networks: number;
  readonly subnets: number;
  readonly ports: number;
  readonly routers: number;
  readonly floatingIps: number;
  readonly securityGroups: number;
  readonly securityGroupRules: number;
}
