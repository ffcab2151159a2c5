import type { LabPlan, NodePlan } from "../lab/labPlan";
import { ranges } from "./planTables";

/** A group with more nodes is one box: GitHub draws at most 500 edges, and a reader takes in fewer. */
const mostBoxes = 6;

/** The lab's topology as a Mermaid flowchart: networks as rounded boxes, servers as boxes, NICs as lines. */
export function planMermaid(plan: LabPlan): string {
  const { access, router, ctlplane, undercloud, bmc } = plan;
  const bootNetwork = lines("ctlplane", ctlplane.subnet.cidr, `MTU ${ctlplane.mtu}`);
  const outer = lines("access", access.kind === "create" ? access.subnet.cidr : `existing: ${access.name}`);
  const also = undercloud?.ports.flatMap((port) => port.allowedAddressPairs) ?? [];
  const chart = [
    `public(["${lines("public network", plan.publicNetwork)}"])`,
    ...(router ? [`router{{"${lines("router", router.name)}"}}`] : []),
    `access(["${outer}"])`,
    `ctlplane(["${bootNetwork}"])`,
    ...plan.networks.map((n) => {
      const second = n.kind === "create" ? n.subnet.cidr : `existing: ${n.name}`;
      return `${id("net", n.key)}(["${lines(n.key, second)}"])`;
    }),
    `undercloud["${lines("undercloud", ctlplane.server, ...(also.length > 0 ? [`also ${also.join(", ")}`] : []), `serves ${ctlplane.dhcpServer ? "DHCP and " : ""}${ctlplane.bootUrl}`)}"]`,
    ...(bmc ? [`bmc["${lines("BMC", bmc.address, "IPMI for every node")}"]`] : []),
    ...edges(plan),
    ...boxes(plan.nodes).flatMap((box) => [
      `${box.id}["${box.label}"]`,
      ...box.networks.map((network) =>
        network === "ctlplane" ? `ctlplane --- ${box.id}` : `${id("net", network)} --- ${box.id}`,
      ),
      ...(bmc ? [`bmc -. "${box.power}" .-> ${box.id}`] : []),
    ]),
  ];
  return `flowchart TB\n${chart.map((line) => `  ${line}\n`).join("")}`;
}

function edges({ router, undercloud, bmc, publicNetwork }: LabPlan): string[] {
  return [
    ...(router ? ["public --- router", ...router.interfaces.map((network) => `router --- ${network}`)] : []),
    // An existing access network has a router of its own, which the plan does not know.
    ...(router?.interfaces.includes("access") ? [] : ["public -.- access"]),
    ...(undercloud ? ["access --- undercloud"] : []),
    ...(undercloud?.floatingIp
      ? [`undercloud -. "${label(`floating IP of ${publicNetwork}`)}" .- public`]
      : []),
    ...(bmc ? ["access --- bmc", "ctlplane --- bmc"] : []),
    undercloud ? "undercloud --- ctlplane" : "ctlplane -.- undercloud",
  ];
}

interface Box {
  readonly id: string;
  readonly label: string;
  readonly power: string;
  readonly networks: readonly string[];
}

function boxes(nodes: readonly NodePlan[]): Box[] {
  const groups = new Map<string, NodePlan[]>();
  for (const node of nodes) groups.set(node.group, [...(groups.get(node.group) ?? []), node]);
  return [...groups].flatMap(([name, group]) =>
    group.length <= mostBoxes
      ? group.map((node) => box(id("node", node.key), [node]))
      : [box(id("group", name), group)],
  );
}

function box(boxId: string, nodes: readonly NodePlan[]): Box {
  const scripts = [...new Set(nodes.map((node) => node.bootScript))];
  const span = (values: readonly (string | number)[]) =>
    values.length === 1 ? `${values[0]}` : `${values[0]} to ${values.at(-1)}`;
  return {
    id: boxId,
    label: lines(
      ranges(nodes.map((node) => node.key)),
      span(nodes.map((node) => node.address)),
      span(nodes.map((node) => node.mac)),
      `fetches ${scripts.join(", ")}`,
    ),
    power: `udp ${span(nodes.map((node) => node.ipmiPort))}`,
    networks: nodes[0]!.ports.map((port) => port.network),
  };
}

/** Keys are letters, digits and hyphens; a prefix keeps them from being words of Mermaid's own, such as "end". */
function id(prefix: string, key: string): string {
  return `${prefix}_${key.replaceAll("-", "_")}`;
}

function lines(...texts: readonly string[]): string {
  return texts.map(label).join("<br>");
}

/** Mermaid's entities begin with #; a label in double quotes takes all else but these. */
function label(text: string): string {
  const entities: Record<string, string> = {
    '"': "#quot;",
    "#": "#35;",
    "%": "#37;", // two of them begin a comment
    "&": "#amp;",
    "<": "#lt;",
    ">": "#gt;",
    "`": "#96;",
  };
  return text.replace(/\p{C}/gu, "?").replace(/["#%&<>`]/g, (character) => entities[character]!);
}
