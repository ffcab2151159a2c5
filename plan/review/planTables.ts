import type { BmcPlan, ImagePlan, LabPlan, NodePlan, PortPlan, Totals } from "../lab/labPlan";
import type { SubnetPlan } from "../lab/networkPlan";
import { serversOf, shortName } from "../lab/servers";
import { shownUrl } from "../lab/shownUrl";
import { kinds } from "../lab/totals";

/** What the text and the Markdown view have in common: one subject of the plan, as rows. */
export interface PlanTable {
  readonly title: string;
  /** For readers new to OVB: what the table's things are for. */
  readonly note: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The columns, by their heads, that may be cut where room is short. Addresses, MACs and keys never are. */
  readonly cuttable: readonly string[];
}

/** What the quota leaves, as configured; a kind that is absent has no limit here. */
export type Limits = { readonly [Kind in keyof Totals]?: number | undefined };

/** The plan as tables, in reading order. A table without rows is left out. */
export function planTables(plan: LabPlan, limits: Limits = {}): PlanTable[] {
  const tables = [
    networks(plan),
    routes(plan),
    servers(plan),
    extraNics(plan),
    dhcpOptions(plan),
    addressPairs(plan),
    securityGroups(plan),
    images(plan),
    totals(plan, limits),
  ];
  return tables.filter((table) => table.rows.length > 0);
}

/** One sentence: what the lab consists of. */
export function planSummary(plan: LabPlan): string {
  const parts = [
    ...(plan.undercloud ? ["an undercloud"] : []),
    ...(plan.bmc ? ["a BMC"] : []),
    `${plan.nodes.length} baremetal ${plan.nodes.length === 1 ? "node" : "nodes"}`,
  ];
  const most = parts.length > 1 ? `${parts.slice(0, -1).join(", ")} and ` : "";
  return `Lab ${plan.name}: ${most}${parts.at(-1)}, booting from ${plan.ctlplane.bootUrl}`;
}

/** ["node-0", "node-1", "node-2", "node-5", "bmc"] as "node-0 to node-2, node-5, bmc". */
export function ranges(names: readonly string[]): string {
  const runs: { stem: string; first: number; last: number }[] = [];
  for (const name of names) {
    const [, stem, digits] = /^(.*-)(\d+)$/.exec(name) ?? [];
    const run = runs.at(-1);
    if (stem !== undefined && run?.stem === stem && run.last + 1 === Number(digits)) run.last++;
    else if (stem !== undefined) runs.push({ stem, first: Number(digits), last: Number(digits) });
    else runs.push({ stem: name, first: Number.NaN, last: Number.NaN });
  }
  return runs
    .map(({ stem, first, last }) => {
      if (Number.isNaN(first)) return stem;
      return first === last ? `${stem}${first}` : `${stem}${first} to ${stem}${last}`;
    })
    .join(", ");
}

function networks(plan: LabPlan): PlanTable {
  const routed = plan.router?.interfaces.join(" and ");
  const router = plan.router
    ? ` ${plan.router.kind === "create" ? "Router" : "The existing router"} ${plan.router.name} joins ${routed} to ${plan.publicNetwork}.`
    : "";
  const dhcp = plan.ctlplane.dhcpServer === undefined ? "" : ` ${dhcpNote(plan)}`;
  const row = (key: string, network: object & { name: string }): string[] => {
    if (!("subnet" in network)) return [`${key}: ${network.name}`, "existing", "", "", "", ""];
    const created = network as LabPlan["ctlplane"];
    const { subnet } = created;
    return [
      key,
      subnet.cidr,
      created.gateway ?? subnet.gateway ?? "none",
      !subnet.dhcp ? "no DHCP" : subnet.pool ? `${subnet.pool.start}-${subnet.pool.end}` : "whole subnet",
      created.mtu ? String(created.mtu) : "auto",
      created.portSecurity,
    ];
  };
  return {
    title: "Networks",
    note:
      "Nodes boot on ctlplane, the provisioning network; undercloud and BMC have an outer NIC on access." +
      `${router}${dhcp}${zonesNote(plan)} Names on the cloud begin with ${plan.name}-. Security: whether port security is asked for.`,
    head: ["Network", "CIDR", "Gateway", "Pool", "MTU", "Security"],
    cuttable: ["Network"],
    rows: [
      row("access", plan.access),
      row("ctlplane", plan.ctlplane),
      ...plan.networks.map((n) => row(n.key, n)),
    ],
  };
}

function zonesNote({ ctlplane, router }: LabPlan): string {
  const parts = [
    ...(ctlplane.availabilityZones ? [`networks: ${ctlplane.availabilityZones.join(", ")}`] : []),
    ...(router?.availabilityZones ? [`router: ${router.availabilityZones.join(", ")}`] : []),
  ];
  return parts.length > 0 ? ` Availability zones of ${parts.join("; of the ")}.` : "";
}

/** Who answers the nodes, and what of port security and of the backend that takes. */
function dhcpNote({ ctlplane, undercloud }: LabPlan): string {
  const server = undercloud ? "The undercloud" : `The undercloud elsewhere, at ${ctlplane.server},`;
  const cloud = ctlplane.subnet.dhcp
    ? "the cloud's DHCP leaves their ports out and serves the undercloud and the BMC"
    : "the subnet has no DHCP of the cloud's";
  const answers = `${server} alone answers the nodes' DHCP: ${cloud}.`;
  if (ctlplane.dhcpServer === "undercloud-ovn") return `${answers} That takes a cloud with OVN.`;
  if (ctlplane.portSecurity === "disabled") return answers;
  return undercloud
    ? `${answers} Port security is off on the undercloud's port alone.`
    : `${answers} Its port needs port security off.`;
}

function routes(plan: LabPlan): PlanTable {
  const subnets: [string, SubnetPlan][] = [];
  if (plan.access.kind === "create") subnets.push(["access", plan.access.subnet]);
  subnets.push(["ctlplane", plan.ctlplane.subnet]);
  for (const network of plan.networks) {
    if (network.kind === "create") subnets.push([network.key, network.subnet]);
  }
  return {
    title: "Routes and name servers",
    note: "DHCP tells them to everything on the network.",
    head: ["Network", "What", "Value"],
    cuttable: ["Value"],
    rows: subnets.flatMap(([key, subnet]) => [
      ...subnet.routes.map(({ destination, nextHop }) => [key, `route to ${destination}`, `via ${nextHop}`]),
      ...(subnet.dns.length > 0 ? [[key, "name servers", subnet.dns.join(", ")]] : []),
    ]),
  };
}

function servers(plan: LabPlan): PlanTable {
  const floating = plan.undercloud?.floatingIp ? ` and has a floating IP of ${plan.publicNetwork}` : "";
  const bmc = plan.bmc ? ` ${bmcNote(plan.bmc)}` : "";
  const diskName = plan.images.disk.name;
  const isZoned = serversOf(plan).some(({ availabilityZone }) => availabilityZone !== undefined);
  return {
    title: "Servers",
    note: `Addresses are on the ctlplane. The undercloud ${plan.undercloud ? "" : "elsewhere "}serves ${plan.ctlplane.bootUrl}/ to the nodes${floating}.${bmc}`,
    head: ["Server", "Address", "MAC", "Fetches", "IPMI", "Flavor", "Image", ...(isZoned ? ["Zone"] : [])],
    cuttable: ["Flavor", "Image"],
    rows: serversOf(plan).map((server) => {
      const node = "key" in server ? (server as NodePlan) : undefined;
      const nic = server.ports.find((port) => port.network === "ctlplane");
      return [
        shortName(plan, server),
        nic?.address ?? "",
        nic?.mac ?? "",
        node?.bootScript ?? "",
        node?.ipmiAddress ? ipmi(plan, node) : "",
        server.flavor,
        server.image ?? diskName,
        ...(isZoned ? [server.availabilityZone ?? ""] : []),
      ];
    }),
  };
}

function bmcNote({ address, mode, block }: BmcPlan): string {
  switch (mode) {
    case "port":
      return `The BMC answers IPMI for the nodes at ${address}, on a UDP port for each.`;
    case "address":
      return `The BMC answers IPMI for each node on an address of ${block}, UDP port 623.`;
    case "nic":
      return `The BMC answers IPMI for each node on a NIC with an address of ${block}; a new node replaces its VM.`;
  }
}

function ipmi({ bmc }: LabPlan, { ipmiAddress, ipmiPort }: NodePlan): string {
  return bmc?.mode === "port" ? String(ipmiPort) : ipmiAddress!;
}

function extraNics(plan: LabPlan): PlanTable {
  const nics = plan.nodes.flatMap((node) =>
    node.ports.filter((port) => port.network !== "ctlplane").map((port) => ({ node, port })),
  );
  return {
    title: "More NICs",
    note: "On networks of the lab they have the host part of the ctlplane's address; elsewhere the cloud chooses.",
    head: ["Server", "Network", "Address", "MAC"],
    cuttable: [],
    rows: nics.map(({ node, port }) => [
      node.key,
      port.network,
      port.address ?? "the cloud's",
      port.mac ?? "the cloud's",
    ]),
  };
}

/** Rows of "what the port has → which servers' ports have it", in order of first appearance. */
function byValue(plan: LabPlan, values: (port: PortPlan) => readonly string[]): [string, string][] {
  const holders = new Map<string, string[]>();
  for (const server of serversOf(plan)) {
    for (const value of server.ports.flatMap(values)) {
      holders.set(value, [...(holders.get(value) ?? []), shortName(plan, server)]);
    }
  }
  return [...holders].map(([value, names]) => [value, ranges(names)]);
}

function dhcpOptions(plan: LabPlan): PlanTable {
  const rows = byValue(plan, (port) => port.dhcpOptions.map(({ name, value }) => `${name} ${value}`));
  return {
    title: "DHCP options",
    note: dhcpOptionsNote(plan),
    head: ["Option", "Value", "Servers"],
    cuttable: ["Value", "Servers"],
    // Neutron's option names hold no blank, values may.
    rows: rows.map(([option, names]) => {
      const blank = option.indexOf(" ");
      return [option.slice(0, blank), option.slice(blank + 1), names];
    }),
  };
}

function dhcpOptionsNote({ ctlplane }: LabPlan): string {
  return ctlplane.dhcpServer === undefined
    ? "Neutron's DHCP server sends them to these servers' ctlplane ports: they tell firmware what to boot."
    : "What Neutron's DHCP server is told of these servers' ctlplane ports. The undercloud's tells the nodes what to boot.";
}

function addressPairs(plan: LabPlan): PlanTable {
  return {
    title: "Allowed address pairs",
    note: "Addresses that a server may use beside its port's own (VIPs, the metadata address).",
    head: ["Address", "Servers"],
    cuttable: ["Servers"],
    rows: byValue(plan, (port) => port.allowedAddressPairs),
  };
}

function securityGroups(plan: LabPlan): PlanTable {
  return {
    title: "Security groups",
    note: "What may come in. Everything may go out.",
    head: ["Group", "Lets in", "From"],
    cuttable: [],
    rows: plan.securityGroups.flatMap(({ key, rules }) =>
      rules.map(({ protocol = "everything", port, from = "anywhere" }) => [
        key,
        port === undefined ? protocol : `${protocol} port ${port}`,
        from,
      ]),
    ),
  };
}

function images(plan: LabPlan): PlanTable {
  const row = (use: string, image: ImagePlan): string[] => {
    if (image.kind === "existing") return [use, image.name, "existing", "", ""];
    return [
      use,
      image.name,
      image.source === undefined ? "built here" : shownUrl(image.source),
      image.format ?? (use === "disk" ? "qcow2" : "iso"),
      image.firmware,
    ];
  };
  return {
    title: "iPXE images",
    note: "What the nodes have on their disk until something is deployed, and the CD-ROM for rescue.",
    head: ["Use", "Image", "Source", "Format", "Firmware"],
    cuttable: ["Image", "Source"],
    rows: [row("disk", plan.images.disk), ...(plan.images.iso ? [row("iso", plan.images.iso)] : [])],
  };
}

function totals(plan: LabPlan, limits: Limits): PlanTable {
  return {
    title: "Totals",
    note: "What the tenant's quota must have left (ovb:limits tells the planner). Cores, RAM and disk are the flavors'.",
    head: ["Resource", "Lab", "Limit"],
    cuttable: [],
    rows: (Object.keys(kinds) as (keyof Totals)[]).map((kind) => [
      kinds[kind],
      String(plan.totals[kind]),
      limits[kind] === undefined ? "not given" : String(limits[kind]),
    ]),
  };
}
