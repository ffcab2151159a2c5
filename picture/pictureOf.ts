import type { LabPlan, ServerPlan } from "../plan/lab/labPlan";
import { networkOf } from "../plan/lab/networkOf";
import { serversOf, shortName } from "../plan/lab/servers";
import { diffHeadline } from "../plan/review/diffTables";
import { type Mark, type MarkOf, marksOf, networkMark, whole } from "../plan/review/marks";
import type { Comparison } from "../plan/review/planDiff";
import { planSummary } from "../plan/review/planTables";
import { alike, mergeFacts, mergeSections, together } from "./changes";
import type { Card, Fact, Link, Picture, Rail, Section } from "./picture";
import { cardsOfNodes, type SeenNode } from "./racks";
import { railsOf } from "./railFacts";
import { fact, roleOf, serverSections } from "./serverFacts";

/** A lab as a picture; with a comparison, what the change adds, changes, replaces and removes is in it, marked. Pure. */
export function pictureOf(plan: LabPlan, comparison?: Comparison): Picture {
  const before = comparison?.before;
  const mark = marksOf(comparison?.diff);
  const rails = mergeRails(before, plan, mark);
  const kept = new Set(comparison?.diff.ignored.map(({ name }) => name));
  const seen = servers(before, plan, mark).map((one) => (kept.has(one.name) ? keepsImage(one) : one));
  const cards = [
    ...routers(plan, mark),
    // The BMC at the left, so that its way down to the nodes' rail leaves the room below to the nodes.
    ...seen.filter(({ card }) => card.kind === "bmc").map(({ card }) => card),
    ...seen.filter(({ card }) => card.kind === "undercloud").map(({ card }) => card),
    ...elsewhere(plan),
    ...cardsOfNodes(seen.flatMap(({ node }) => (node ? [node] : []))),
  ];
  return {
    title: planSummary(plan),
    subtitle: comparison ? diffHeadline(before, plan, comparison.diff) : "",
    rails,
    cards,
    links: [...routerLinks(plan, mark), ...cards.flatMap(linksOf)].filter(({ rail }) =>
      rails.some(({ id }) => id === rail),
    ),
    compares: comparison !== undefined,
  };
}

function mergeRails(before: LabPlan | undefined, plan: LabPlan, mark: MarkOf): Rail[] {
  const old = before ? railsOf(before) : undefined;
  const now = railsOf(plan);
  const all = [...now, ...(old ?? []).filter(({ id }) => !now.some((rail) => rail.id === id))];
  // The public network, access and ctlplane are always there; the BMC's comes before the others.
  all.sort((a, b) => order(a) - order(b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return all.map((rail) => {
    const was = old?.find(({ id }) => id === rail.id);
    const is = now.find(({ id }) => id === rail.id);
    const facts = mergeFacts(old ? was?.facts : undefined, is?.facts);
    const own = railMark(before, plan, rail, mark);
    return {
      ...rail,
      facts,
      mark: whole(
        own,
        facts.map((one) => one.mark),
      ),
    };
  });
}

const order = ({ kind }: Rail) => ["public", "access", "ctlplane", "bmc", "extra"].indexOf(kind);

function railMark(
  before: LabPlan | undefined,
  plan: LabPlan,
  { kind, title: key }: Rail,
  mark: MarkOf,
): Mark | undefined {
  if (kind === "public" || kind === "bmc") return undefined;
  const networks = [plan, before].flatMap((lab) => (lab && networkOf(lab, key)) ?? []);
  const created = networks.find((network) => "subnet" in network);
  return created && networkMark(created, mark);
}

interface SeenServer {
  /** On the cloud. */
  readonly name: string;
  readonly card: Card;
  readonly node?: SeenNode;
}

/** Every server of either plan, in the order of this one; what goes comes last. */
function servers(before: LabPlan | undefined, plan: LabPlan, mark: MarkOf): SeenServer[] {
  const old = new Map((before ? serversOf(before) : []).map((server) => [server.name, server]));
  const now = new Map(serversOf(plan).map((server) => [server.name, server]));
  return [...new Set([...now.keys(), ...old.keys()])].map((name) => {
    const [was, is] = [old.get(name), now.get(name)];
    const [lab, server] = is ? [plan, is] : [before!, was!];
    const sections = mergeSections(
      was && before && serverSections(before, was),
      is && serverSections(plan, is),
    ).map((section) => marked(section, mark));
    const own = mark("server", name);
    const isNode = "key" in server;
    const kind = isNode ? "node" : server.name === lab.bmc?.name ? "bmc" : "undercloud";
    const card: Card = {
      id: `server-${name}`,
      kind,
      title: shortName(lab, server),
      subtitle: roleOf(lab, server),
      sections,
      cells: [],
      mark: whole(
        own,
        sections.flatMap((one) => [one.mark, ...one.facts.map((f) => f.mark)]),
      ),
    };
    return isNode ? { name, card, node: { card, group: groupOf(server) } } : { name, card };
  });
}

/** Another image of a node is for nodes to come: PlanDiff.ignored. */
function keepsImage({ name, card, node }: SeenServer): SeenServer {
  const sections = card.sections.map((section) => ({
    ...section,
    facts: section.facts.map(({ was, mark, ...fact }): Fact => {
      if (fact.slot !== "disk" || was === undefined)
        return { ...fact, ...(was && { was }), ...(mark && { mark }) };
      return { ...fact, text: `${was} (new ones: ${fact.text.replace("disk: image ", "")})` };
    }),
  }));
  const changes = sections.some((section) => section.mark || section.facts.some(({ mark }) => mark));
  const { mark: whole, ...rest } = card;
  const kept: Card = { ...rest, sections, ...(whole && (whole !== "changed" || changes) && { mark: whole }) };
  return { name, card: kept, ...(node && { node: { ...node, card: kept } }) };
}

function groupOf(server: ServerPlan): string {
  return "group" in server ? String(server.group) : "";
}

function marked(section: Section, mark: MarkOf): Section {
  if (!section.ports) return section;
  const own = together(section.ports.map((port) => mark("port", port)));
  return {
    ...section,
    mark: whole(
      own ?? section.mark,
      section.facts.map((one) => one.mark),
    ),
  };
}

/** The lab's router, or that of an access network which is the cloud's. */
function routers({ router, access }: LabPlan, mark: MarkOf): Card[] {
  const card = { id: "router", sections: [], cells: [] };
  return [
    ...(router
      ? [
          {
            ...card,
            kind: "router" as const,
            title: router.name,
            subtitle: router.kind === "create" ? "router" : "router, exists already",
            mark: mark("router", router.name),
          },
        ]
      : []),
    ...(router?.interfaces.includes("access")
      ? []
      : [
          {
            ...card,
            id: "router-elsewhere",
            kind: "elsewhere" as const,
            title: access.name,
            subtitle: "the network's own way out",
          },
        ]),
  ];
}

function routerLinks(plan: LabPlan, mark: MarkOf): Link[] {
  const { router, name } = plan;
  const link = (card: string, rail: string, own?: Mark): Link => ({
    card,
    rail,
    kind: "nic",
    count: 1,
    ...(own && { mark: own }),
  });
  return [
    ...(router
      ? [
          link("router", "public", mark("router", router.name)),
          ...router.interfaces.map((key) =>
            link("router", key, mark("router interface", `${name}-router-${key}`)),
          ),
        ]
      : []),
    ...(router?.interfaces.includes("access")
      ? []
      : (["public", "access"] as const).map(
          (rail): Link => ({ ...link("router-elsewhere", rail), kind: "way" }),
        )),
  ];
}

/** An undercloud that is not the lab's. */
function elsewhere({ undercloud, ctlplane }: LabPlan): Card[] {
  if (undercloud) return [];
  const facts = [fact("address", ctlplane.server, "mono"), fact("serves", `serves ${ctlplane.bootUrl}`)];
  const sections = [{ title: "", rail: "ctlplane", facts }];
  return [
    {
      id: "undercloud-elsewhere",
      kind: "elsewhere",
      title: "undercloud",
      subtitle: "elsewhere, not of the lab",
      sections,
      cells: [],
    },
  ];
}

/** A card's NICs, and the BMC's ways. */
function linksOf({ id, kind, sections, cells }: Card): Link[] {
  if (id === "router" || id === "router-elsewhere") return [];
  const all = cells.length > 0 ? cells.flatMap((cell) => cell.sections) : sections;
  const rails = [...new Set(all.flatMap(({ rail }) => rail ?? []))];
  const links = rails.map((rail): Link => {
    const here = all.filter((section) => section.rail === rail);
    const mark = alike(here.map((section) => section.mark));
    const way = rail === "bmc" || kind === "elsewhere";
    const count = here.reduce((sum, { ports }) => sum + (ports?.length ?? 1), 0);
    return { card: id, rail, kind: way ? "way" : "nic", count, ...(mark && { mark }) };
  });
  return kind === "bmc" ? [{ card: id, rail: "bmc", kind: "way", count: 1 }, ...links] : links;
}
