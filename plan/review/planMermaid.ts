import type { LabPlan, NodePlan, ServerPlan } from "../lab/labPlan";
import type { ExtraNetworkPlan } from "../lab/networkPlan";
import { type Mark, type MarkOf, marksOf, networkMark, whole } from "./marks";
import type { PlanDiff } from "./planDiff";
import { ranges } from "./planTables";

/** A group with more nodes is one box: GitHub draws at most 500 edges, and a reader takes in fewer. */
const mostBoxes = 6;

/** The lab's topology as a Mermaid flowchart: networks as rounded boxes, servers as boxes, NICs as lines. */
export function planMermaid(plan: LabPlan): string {
  return flowchart(chart(plan, () => undefined));
}

/** The same with what a change creates, changes, replaces and deletes. @param before undefined: the lab is new */
export function diffMermaid(before: LabPlan | undefined, after: LabPlan, diff: PlanDiff): string {
  const mark = marksOf(diff);
  const classes = (Object.keys(looks) as Mark[]).map((name) => `classDef ${name} ${looks[name]}`);
  return flowchart([...chart(after, mark), ...(before ? gone(before, after, mark) : []), ...classes]);
}

/** Lines alone, which are seen on GitHub's light and dark ground. */
const looks: Record<Mark, string> = {
  created: "stroke:#1a7f37,stroke-width:3px",
  changed: "stroke:#bf8700,stroke-width:3px",
  resized: "stroke:#bf8700,stroke-width:3px",
  replaced: "stroke:#d1570a,stroke-width:4px",
  deleted: "stroke:#cf222e,stroke-width:3px,stroke-dasharray:5 5",
};

function flowchart(statements: readonly string[]): string {
  return `flowchart TB\n${statements.map((line) => `  ${line}\n`).join("")}`;
}

function chart(plan: LabPlan, mark: MarkOf): string[] {
  const { access, router, ctlplane, undercloud, bmc } = plan;
  const outer = access.kind === "create" ? access.subnet.cidr : `existing: ${access.name}`;
  const also = undercloud?.ports.flatMap((port) => port.allowedAddressPairs) ?? [];
  return [
    round("public", undefined, "public network", plan.publicNetwork),
    ...(router ? [hexagon("router", mark("router", router.name), "router", router.name)] : []),
    round("access", networkMark(access, mark), "access", outer),
    round("ctlplane", networkMark(ctlplane, mark), "ctlplane", ctlplane.subnet.cidr, `MTU ${ctlplane.mtu}`),
    ...plan.networks.map((network) => extra(network, networkMark(network, mark))),
    square(
      "undercloud",
      undercloud && serverMark(undercloud, mark),
      "undercloud",
      ctlplane.server,
      ...(also.length > 0 ? [`also ${also.join(", ")}`] : []),
      `serves ${ctlplane.dhcpServer ? "DHCP and " : ""}${ctlplane.bootUrl}`,
    ),
    ...(bmc ? [square("bmc", serverMark(bmc, mark), "BMC", bmc.address, "IPMI for every node")] : []),
    ...edges(plan),
    ...boxes(plan.nodes, "", mark).flatMap((one) => drawn(one, bmc !== undefined)),
  ];
}

/** What was there and is not any more. */
function gone(before: LabPlan, after: LabPlan, mark: MarkOf): string[] {
  const isGone = (server: ServerPlan | undefined) =>
    server !== undefined && mark("server", server.name) === "deleted";
  const stays = (key: string) => after.networks.some((network) => network.key === key);
  return [
    ...before.networks
      .filter(({ key }) => !stays(key))
      .map((network) => extra(network, networkMark(network, mark))),
    ...(isGone(before.undercloud) ? [square("gone_undercloud", "deleted", "undercloud")] : []),
    ...(isGone(before.bmc) ? [square("gone_bmc", "deleted", "BMC")] : []),
    ...boxes(before.nodes.filter(isGone), "gone_", mark).flatMap((one) => drawn(one, false)),
  ];
}

type Shape = (id: string, mark: Mark | undefined, ...texts: readonly string[]) => string;

const round: Shape = (id, mark, ...texts) => `${id}(["${marked(mark, texts)}"])${classOf(mark)}`;
const square: Shape = (id, mark, ...texts) => `${id}["${marked(mark, texts)}"]${classOf(mark)}`;
const hexagon: Shape = (id, mark, ...texts) => `${id}{{"${marked(mark, texts)}"}}${classOf(mark)}`;

/** The word too: not everybody tells the colours apart. */
function marked(mark: Mark | undefined, texts: readonly string[]): string {
  const [first = "", ...rest] = texts;
  return lines(mark ? `${first} (${mark})` : first, ...rest);
}

function classOf(mark: Mark | undefined): string {
  return mark ? `:::${mark}` : "";
}

function extra(network: ExtraNetworkPlan, mark: Mark | undefined): string {
  const second = network.kind === "create" ? network.subnet.cidr : `existing: ${network.name}`;
  return round(id("net", network.key), mark, network.key, second);
}

function serverMark({ name, ports }: ServerPlan, mark: MarkOf): Mark | undefined {
  return whole(
    mark("server", name),
    ports.map((port) => mark("port", port.name)),
  );
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
  readonly text: string;
  readonly power: string;
  readonly networks: readonly string[];
}

function drawn({ id: boxId, text, power, networks }: Box, hasBmc: boolean): string[] {
  return [
    text,
    ...networks.map((network) =>
      network === "ctlplane" ? `ctlplane --- ${boxId}` : `${id("net", network)} --- ${boxId}`,
    ),
    ...(hasBmc ? [`bmc -. "${power}" .-> ${boxId}`] : []),
  ];
}

/** Nodes of a group that a change does not treat alike are in different boxes. */
function boxes(nodes: readonly NodePlan[], prefix: string, markOf: MarkOf): Box[] {
  const groups = new Map<string, { mark: Mark | undefined; members: NodePlan[] }>();
  for (const node of nodes) {
    const mark = serverMark(node, markOf);
    const key = mark ? `${node.group}_${mark}` : node.group;
    groups.set(key, { mark, members: [...(groups.get(key)?.members ?? []), node] });
  }
  return [...groups].flatMap(([name, { mark, members }]) =>
    members.length <= mostBoxes
      ? members.map((node) => box(id(`${prefix}node`, node.key), mark, [node]))
      : [box(id(`${prefix}group`, name), mark, members)],
  );
}

function box(boxId: string, mark: Mark | undefined, nodes: readonly NodePlan[]): Box {
  const scripts = [...new Set(nodes.map((node) => node.bootScript))];
  const span = (values: readonly (string | number)[]) =>
    values.length === 1 ? `${values[0]}` : `${values[0]} to ${values.at(-1)}`;
  return {
    id: boxId,
    text: square(
      boxId,
      mark,
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
