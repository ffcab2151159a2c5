import { createHash } from "node:crypto";
import { expiryTag } from "./expiry";
import { isHost, nth, offsetOf, parseCidr } from "./ipv4";
import { writeNodeTags } from "./lab/nodeTags";
import { writePortTags } from "./lab/portTags";
import { labTag, ovbTag, type Role, roleTag } from "./lab/tags";
import type {
  AccessPlan,
  BmcPlan,
  CtlplanePlan,
  ExtraNetworkPlan,
  ImagePlan,
  IronicPlan,
  LabPlan,
  NodePlan,
  PortPlan,
  RouterPlan,
  SecurityGroupPlan,
  UndercloudPlan,
} from "./labPlan";
import { bmcAddress, type Layout, layout, type NodeSeat, seats } from "./layout";
import type { GroupConfig, ImageConfig, LabConfig } from "./schema";
import { bootServerUserData } from "./undercloud/bootServer";
import { customUserData } from "./undercloud/custom";
import type { DhcpServer } from "./undercloud/dhcpServer";
import { metadataAddress } from "./userData";

/** TripleO's public port of Ironic's API. */
const ironicTlsPort = 13385;

/** Where the configuration names none. Ironic takes 140 MB, its image and what it deploys 3 GB. */
const undercloudDefaults = {
  ironic: { image: "ovb-undercloud", flavor: "undercloud" },
  plain: { image: "debian-12", flavor: "m1.small" },
};

/** Everything that follows from a configuration. Pure: the same configuration gives the same plan, always. */
export function planLab(config: LabConfig): LabPlan {
  const planner = new Planner(config);
  const undercloud = planner.undercloud();
  const bmc = planner.bmc();
  const nodes = config.nodes.flatMap((group, position) => planner.group(group, position));
  const plan = {
    name: config.lab,
    tags: planner.tags,
    publicNetwork: config.publicNetwork,
    access: planner.access(),
    router: planner.router(),
    ctlplane: planner.ctlplane,
    networks: planner.extraNetworks(),
    securityGroups: planner.securityGroups(
      [undercloud, bmc, ...nodes].flatMap((server) => server?.ports ?? []),
    ),
    images: planner.images(),
    undercloud,
    bmc,
    nodes,
  };
  return { ...plan, totals: totals(plan) };
}

class Planner {
  readonly tags: readonly string[];
  readonly ctlplane: CtlplanePlan;
  private readonly where: Layout;

  constructor(private readonly config: LabConfig) {
    this.where = layout(config);
    this.tags = [
      ...new Set([
        ovbTag,
        labTag(config.lab),
        ...(config.expires ? [expiryTag(config.expires)] : []),
        ...config.tags,
      ]),
    ];
    this.ctlplane = this.planCtlplane();
  }

  /** Where the undercloud is elsewhere, not on the ctlplane, nothing can be sent there. */
  private get metadataRoute(): boolean {
    return this.config.ctlplane.metadataRoute && isHost(this.where.ctlplane, this.where.undercloud);
  }

  private name(...parts: string[]): string {
    return [this.config.lab, ...parts].join("-");
  }

  private planCtlplane(): CtlplanePlan {
    const { ctlplane, undercloud } = this.config;
    return {
      name: this.name("ctlplane"),
      mtu: ctlplane.mtu,
      portSecurity: ctlplane.portSecurity,
      bootUrl: `http://${this.where.undercloud}:${undercloud.bootPort}`,
      server: this.where.undercloud,
      ...((undercloud.kind === "custom" || undercloud.kind === "none") && {
        ranges: { dhcp: this.where.dhcpRange, inspection: this.where.inspectionRange },
      }),
      subnet: {
        name: this.name("ctlplane"),
        cidr: ctlplane.cidr,
        // Without the cloud's DHCP only the config drives of undercloud and BMC would carry gateway and routes: a
        // second default route, and one to the undercloud's own address. The nodes ask the undercloud's DHCP.
        gateway: ctlplane.dhcp ? this.where.gateway : undefined,
        dhcp: ctlplane.dhcp,
        dns: ctlplane.dns,
        pool: this.where.pool,
        routes:
          ctlplane.dhcp && this.metadataRoute
            ? [{ destination: `${metadataAddress}/32`, nextHop: this.where.undercloud }]
            : [],
      },
    };
  }

  access(): AccessPlan {
    const { access } = this.config;
    if (access.network) return { kind: "existing", name: access.network };
    const cidr = parseCidr(access.cidr)!;
    const name = this.name("access");
    return {
      kind: "create",
      name,
      // Always on: it faces the outside, and nothing on it has an address that Neutron does not know.
      portSecurity: "unset",
      subnet: { name, cidr: access.cidr, gateway: nth(cidr, 1), dhcp: true, dns: access.dns, routes: [] },
    };
  }

  router(): RouterPlan | undefined {
    const { access, ctlplane } = this.config;
    const interfaces: ("access" | "ctlplane")[] = [];
    if (!access.network) interfaces.push("access");
    if (ctlplane.routed) interfaces.push("ctlplane");
    if (interfaces.length === 0) return undefined;
    return access.router
      ? { kind: "existing", name: access.router, interfaces }
      : { kind: "create", name: this.name("router"), interfaces };
  }

  extraNetworks(): ExtraNetworkPlan[] {
    const plans = this.config.networks.map(
      ({ name: key, network, cidr, mtu, dhcp, portSecurity }): ExtraNetworkPlan => {
        if (network) return { kind: "existing", key, name: network };
        const name = this.name(key);
        return {
          kind: "create",
          key,
          name,
          mtu,
          portSecurity,
          subnet: { name, cidr, dhcp, dns: [], routes: [] },
        };
      },
    );
    return plans.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** The groups that the lab's ports use; none of them is created in vain. */
  securityGroups(ports: readonly PortPlan[]): SecurityGroupPlan[] {
    const ctlplane = this.name("ctlplane");
    const access = this.name("access");
    const isIronic = this.config.undercloud.kind === "ironic";
    const groups: SecurityGroupPlan[] = [
      {
        key: "access",
        name: access,
        description: "Outer NICs of the lab: SSH and ping",
        rules: this.config.access.allowFrom.flatMap((from, i) => {
          const suffix = i === 0 ? "" : `-${i}`;
          return [
            { name: `${access}-ssh${suffix}`, protocol: "tcp" as const, port: 22, from },
            { name: `${access}-ping${suffix}`, protocol: "icmp" as const, from },
            ...(isIronic
              ? [{ name: `${access}-ironic${suffix}`, protocol: "tcp" as const, port: ironicTlsPort, from }]
              : []),
          ];
        }),
      },
      {
        key: "ctlplane",
        name: ctlplane,
        description:
          "The provisioning network, as open as a wire: what may be sent is what the ports' address pairs say",
        // Not limited to the subnet: 169.254.169.254 answers too. Nothing from outside gets there: no floating IP.
        rules: [{ name: `${ctlplane}-any` }],
      },
    ];
    return groups.filter(({ key }) => ports.some((port) => port.securityGroup === key));
  }

  images(): LabPlan["images"] {
    const { disk, iso } = this.config.images;
    return {
      disk: this.image(disk, "ipxe-disk", "qcow2"),
      ...(iso.source !== "none" && { iso: this.image(iso, "ipxe-iso", "iso") }),
    };
  }

  private image(image: ImageConfig, hint: string, usual: "qcow2" | "iso"): ImagePlan {
    if (image.source === "existing") return { kind: "existing", name: image.name! };
    const common = { name: image.name ?? this.name(hint), firmware: image.firmware };
    if (image.source === "file") {
      return {
        kind: "file",
        ...common,
        source: image.path,
        format: image.format ?? formatOf(image.path!) ?? usual,
      };
    }
    if (image.source === "url") return { kind: "url", ...common, source: image.url, format: image.format };
    return { kind: "build", ...common };
  }

  undercloud(): UndercloudPlan | undefined {
    const { undercloud } = this.config;
    if (undercloud.kind === "none") return undefined;
    const name = this.name("undercloud");
    const usual = undercloudDefaults[undercloud.kind === "ironic" ? "ironic" : "plain"];
    const pairs = [...undercloud.vips, ...(this.metadataRoute ? [`${metadataAddress}/32`] : [])];
    return {
      name,
      kind: undercloud.kind,
      flavor: undercloud.flavor ?? usual.flavor,
      image: undercloud.image ?? usual.image,
      // It must not ask the network for its metadata: on the ctlplane that address is its own.
      configDrive: true,
      address: this.where.undercloud,
      floatingIp: undercloud.floatingIp,
      ports: [
        this.accessPort(name, "undercloud"),
        this.ctlplanePort(name, "undercloud", this.where.undercloud, pairs, onLinkOnly(this.config)),
      ],
      ...(undercloud.kind === "ironic"
        ? { ironic: this.ironic() }
        : { userData: this.undercloudUserData(name, undercloud.kind) }),
      tags: this.roleTags("undercloud"),
    };
  }

  private ironic(): IronicPlan {
    const { password, ...ironic } = this.config.undercloud.ironic;
    const { undercloud, authorizedKeys } = this.config;
    const passwordFrom = password === undefined ? "lab" : "user";
    return { ...ironic, passwordFrom, tlsPort: ironicTlsPort, bootPort: undercloud.bootPort, authorizedKeys };
  }

  /** Nothing in it depends on which nodes there are: a changed one replaces the VM. */
  private undercloudUserData(hostname: string, kind: "boot-server" | "custom"): string {
    const { lab, undercloud, ctlplane, authorizedKeys, bmc } = this.config;
    const { bootUrl, subnet, mtu } = this.ctlplane;
    if (kind === "boot-server")
      return bootServerUserData({
        ...{ lab, hostname, authorizedKeys, url: bootUrl },
        port: undercloud.bootPort,
        metadata: this.metadataRoute,
        ...(!ctlplane.dhcp && { dhcp: this.dhcpServer() }),
      });
    return customUserData({
      ...{ lab, hostname, authorizedKeys, bootUrl },
      userData: undercloud.userData,
      ...(bmc.enabled && { bmc: this.where.bmc }),
      tripleo: {
        ...{ cidr: ctlplane.cidr, gateway: subnet.gateway ?? this.where.undercloud, mtu, dns: ctlplane.dns },
        address: this.where.undercloud,
        vips: undercloud.vips.filter((vip) => !vip.includes("/")),
        dhcpRange: this.where.dhcpRange,
        inspectionRange: this.where.inspectionRange,
      },
    });
  }

  private dhcpServer(): DhcpServer {
    const { config, where, ctlplane } = this;
    const { cidr, dns, mtu } = config.ctlplane;
    return {
      ...{ address: where.undercloud, cidr, mtu, dns, firstMac: this.mac(0, 0) },
      bootFile: `${ctlplane.bootUrl}/${config.bootScript}`,
      metadata: this.metadataRoute,
    };
  }

  bmc(): BmcPlan | undefined {
    const { bmc, nodes, authorizedKeys } = this.config;
    if (!bmc.enabled) return undefined;
    const name = this.name("bmc");
    const block = bmc.mode === "port" ? undefined : this.where.bmcBlock;
    const port = (portName: string, address: string, pairs: readonly string[] = []) =>
      this.ctlplanePort(portName, "bmc", address, pairs, onLinkOnly(this.config));
    const more =
      bmc.mode === "nic"
        ? nodes.flatMap((group, position) =>
            seats(this.where.ctlplane, group, position).map((seat) =>
              port(`${name}-${seat.key}`, this.ipmiOf(seat).address),
            ),
          )
        : [];
    return {
      name,
      flavor: bmc.flavor,
      image: bmc.image,
      configDrive: true, // the ctlplane's 169.254.169.254 is the undercloud's, and the BMC is no node of it
      address: this.where.bmc,
      mode: bmc.mode,
      block,
      username: bmc.username,
      redfish: {
        ...(bmc.redfish.httpPort > 0 && { httpPort: bmc.redfish.httpPort }),
        ...(bmc.redfish.httpsPort > 0 && { httpsPort: bmc.redfish.httpsPort }),
      },
      authorizedKeys,
      credential: bmc.credential ? "given" : "made",
      accessRules: bmc.accessRules,
      readinessTimeout: bmc.readinessTimeout,
      nodePath: bmc.nodePath,
      ports: [
        this.accessPort(name, "bmc"),
        port(name, this.where.bmc, bmc.mode === "address" ? [this.where.bmcBlock] : []),
        ...more,
      ],
      tags: this.roleTags("bmc"),
    };
  }

  /** 623 is IPMI's own port (IPMI 2.0, 13.1.1); one address has it once. */
  private ipmiOf({ slot }: NodeSeat): { address: string; port: number } {
    const { mode, firstPort } = this.config.bmc;
    return mode === "port"
      ? { address: this.where.bmc, port: firstPort + slot }
      : { address: bmcAddress(parseCidr(this.where.bmcBlock)!, slot), port: 623 };
  }

  group(group: GroupConfig, position: number): NodePlan[] {
    return seats(this.where.ctlplane, group, position).map((seat) => this.node(group, seat));
  }

  private node(group: GroupConfig, seat: NodeSeat): NodePlan {
    const { key, address } = seat;
    const { bmc } = this.config;
    // Without a BMC VM `npx ovb bmc` answers, on one address.
    const ipmi = bmc.enabled ? this.ipmiOf(seat) : { port: bmc.firstPort + seat.slot };
    const name = this.name(key);
    const bootScript = group.bootScripts[key] ?? group.bootScript ?? this.config.bootScript;
    const bootFile = `${this.ctlplane.bootUrl}/${bootScript}`;
    const boot = this.ctlplanePort(name, "node", address, group.vips, {
      ...this.bootOptions(bootFile),
      ...group.dhcpOptions,
    });
    return {
      name,
      key,
      group: group.name,
      profile: group.profile,
      flavor: group.flavor,
      image: group.image,
      // A node with one would show the host cloud's metadata to what is deployed on it.
      configDrive: false,
      mac: boot.mac!,
      address,
      bootScript,
      bootFile,
      ipmiAddress: "address" in ipmi ? ipmi.address : undefined,
      ipmiPort: ipmi.port,
      strategy: group.bootStrategy,
      ports: [boot, ...group.networks.map((network) => this.extraPort(name, network, address))],
      tags: [...this.roleTags("node"), ...this.nodeTags(group, bootScript, ipmi)],
    };
  }

  private nodeTags(
    { bootStrategy, rebuildForInspection }: GroupConfig,
    bootScript: NodePlan["bootScript"],
    ipmi: { address?: string; port: number },
  ): string[] {
    const { disk } = this.config.images;
    const isUefi = disk.source !== "existing" && disk.firmware === "uefi";
    return writeNodeTags({
      ipmi: ipmi.address === this.where.bmc ? { port: ipmi.port } : ipmi,
      strategy: bootStrategy,
      firmware: isUefi ? "uefi" : "bios",
      bootScript,
      rebuildForInspection,
    });
  }

  /** The article's three options; with an iPXE that asks for DHCP option 67, the first is enough, the others tell PXE ROMs. */
  private bootOptions(bootFile: string): Record<string, string> {
    return {
      "bootfile-name": bootFile,
      "tftp-server": this.where.undercloud,
      "server-ip-address": this.where.undercloud,
    };
  }

  private ctlplanePort(
    server: string,
    role: Role,
    address: string,
    pairs: readonly string[],
    dhcpOptions: Readonly<Record<string, string>>,
  ): PortPlan {
    const { portSecurity } = this.config.ctlplane;
    const open = portSecurity === "disabled";
    // Without port security there is nothing to make an exception from, and Neutron refuses pairs (409).
    const allowedAddressPairs = open ? [] : [...new Set(pairs)];
    const bySync = role === "node" && this.config.ctlplane.addressOwner === "sync";
    return {
      name: `${server}-ctlplane`,
      network: "ctlplane",
      mac: this.mac(0, offsetOf(this.where.ctlplane, address)),
      address,
      allowedAddressPairs,
      dhcpOptions: this.config.ctlplane.dhcp
        ? Object.entries(dhcpOptions).map(([name, value]) => ({ name, value }))
        : [],
      portSecurity,
      ...(bySync && { addressOwner: "sync" }),
      securityGroup: open ? undefined : "ctlplane",
      tags: [...this.roleTags(role), ...(bySync ? writePortTags(allowedAddressPairs) : [])],
    };
  }

  private accessPort(server: string, role: Role): PortPlan {
    return {
      name: `${server}-access`,
      network: "access",
      allowedAddressPairs: [],
      dhcpOptions: [],
      portSecurity: "unset",
      securityGroup: "access",
      tags: this.roleTags(role),
    };
  }

  /** On a created network a node has the offset that it has on the ctlplane; on a network of others nothing may be chosen (403). */
  private extraPort(server: string, key: string, ctlplaneAddress: string): PortPlan {
    const position = this.config.networks.findIndex((candidate) => candidate.name === key);
    const network = this.config.networks[position]!;
    const offset = offsetOf(this.where.ctlplane, ctlplaneAddress);
    const planned = network.network
      ? {}
      : { mac: this.mac(position + 1, offset), address: nth(parseCidr(network.cidr)!, offset) };
    const open = network.portSecurity === "disabled" && !network.network;
    return {
      name: `${server}-${key}`,
      network: key,
      ...planned,
      allowedAddressPairs: [],
      dhcpOptions: [],
      portSecurity: network.network ? "unset" : network.portSecurity,
      securityGroup: open || network.network ? undefined : "ctlplane",
      tags: this.roleTags("node"),
    };
  }

  /** PREFIX and 24 bits: 9 from the lab's name, 3 for the NIC, 12 for the offset of the address on the ctlplane. */
  private mac(nic: number, offset: number): string {
    const lab = createHash("sha256").update(this.config.lab).digest().readUInt16BE(0) & 0x1ff;
    const suffix = (lab * 8 + nic) * 4096 + offset;
    return `${this.config.macPrefix}:${[16, 8, 0].map((shift) => ((suffix >> shift) & 0xff).toString(16).padStart(2, "0")).join(":")}`;
  }

  private roleTags(role: Role): readonly string[] {
    return [...this.tags, roleTag(role)];
  }
}

/**
 * For VMs with an outer NIC: a static route list that leaves out the default route, so that the ctlplane's
 * gateway never competes with the access network's. A client that gets option 121 must ignore the gateway of
 * option 3 (RFC 3442); 0.0.0.0 as the router means "on the link".
 */
function onLinkOnly(config: LabConfig): Record<string, string> {
  return { "classless-static-route": `${config.ctlplane.cidr},0.0.0.0` };
}

function formatOf(path: string): "qcow2" | "raw" | "iso" | undefined {
  const ending = path.toLowerCase().split(".").at(-1);
  return ending === "qcow2" || ending === "iso"
    ? ending
    : ending === "img" || ending === "raw"
      ? "raw"
      : undefined;
}

function totals(plan: Omit<LabPlan, "totals">): LabPlan["totals"] {
  const servers = [
    ...(plan.undercloud ? [plan.undercloud] : []),
    ...(plan.bmc ? [plan.bmc] : []),
    ...plan.nodes,
  ];
  const networks = [plan.access, plan.ctlplane, ...plan.networks].filter(
    (n) => !("kind" in n) || n.kind === "create",
  );
  return {
    instances: servers.length,
    networks: networks.length,
    subnets: networks.length,
    ports:
      servers.flatMap((server) => server.ports).length +
      (plan.router?.interfaces.length ?? 0) +
      networks.length,
    routers: plan.router?.kind === "create" ? 1 : 0,
    floatingIps: plan.undercloud?.floatingIp ? 1 : 0,
    securityGroups: plan.securityGroups.length,
    // Neutron adds two egress rules to each group by itself.
    securityGroupRules: plan.securityGroups.reduce((sum, group) => sum + group.rules.length + 2, 0),
  };
}
