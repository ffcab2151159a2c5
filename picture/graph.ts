import type { ElkNode } from "elkjs/lib/elk.bundled.js";
import type { Card, Link, Picture, Rail } from "./picture";
import { cardShape, cellShape, cellWidth, rackHead, railShape, type Shape } from "./shape";

/*
 * The picture as a graph for the layered algorithm of the Eclipse Layout Kernel, a layer a floor. A rail has two: its taps
 * for what hangs above it, and those for what hangs below; a tap is where one line ends, and the rail goes through all.
 * What is beside what, and which way each line takes, is the library's to say.
 */

/** What all racks together are wide, about. */
const rackRoom = 1120;
const cellGap = 8;
const betweenFloors = 14;

export interface Sized {
  readonly labels: ReadonlyMap<string, Shape>;
  readonly cards: ReadonlyMap<string, Shape>;
  readonly cells: ReadonlyMap<string, Shape>;
}

/** How big everything is; nothing has a place yet. */
export function sizesOf({ rails, cards }: Picture): Sized {
  const all = cards.reduce((sum, card) => sum + card.cells.length, 0);
  return {
    labels: new Map(rails.map((rail) => [rail.id, railShape(rail)])),
    cards: new Map(
      cards.map((card) => [
        card.id,
        card.kind === "rack" ? rackHead(card, roomOf(card, all)) : cardShape(card),
      ]),
    ),
    cells: new Map(cards.flatMap((card) => cellShapes(card))),
  };
}

/** Cells of a rack are of one height, so that they stand in rows. */
function cellShapes({ cells }: Card): [string, Shape][] {
  const shapes = cells.map((cell) => cellShape(cell));
  const height = Math.max(...shapes.map((shape) => shape.height));
  return cells.map((cell, i) => [cell.id, { ...shapes[i]!, height }]);
}

function roomOf({ cells }: Card, all: number): number {
  return Math.max(3 * (cellWidth + cellGap) + 16, (rackRoom * cells.length) / all);
}

export const tapOf = (link: number) => `tap ${link}`;
export const nicOf = (link: number) => `nic ${link}`;
export const edgeOf = (link: number) => `link ${link}`;
/** Of a rail: at the height of the taps of what hangs below it. */
export const floorOf = (rail: string) => `floor ${rail}`;

export function graphOf(picture: Picture, sized: Sized): ElkNode {
  const { rails, cards, links } = picture;
  const floors = floorsOf(picture);
  const hangs = (link: Link) => floors.get(link.card)! > floors.get(link.rail)!;
  return {
    id: "picture",
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": "DOWN",
      "elk.partitioning.activate": "true",
      "elk.separateConnectedComponents": "false",
      "elk.edgeRouting": "ORTHOGONAL",
      "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
      "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
      "elk.spacing.nodeNode": "28",
      "elk.spacing.edgeNode": "18",
      "elk.spacing.edgeEdge": "14",
      "elk.layered.spacing.nodeNodeBetweenLayers": String(betweenFloors),
      "elk.layered.spacing.edgeNodeBetweenLayers": "10",
      "elk.padding": "[top=0,left=0,bottom=0,right=0]",
    },
    children: [
      ...rails.map((rail) =>
        tap(floorOf(rail.id), 2 * floors.get(rail.id)! + 1, railHeight(rail, picture, sized, floors)),
      ),
      ...cards.map((card) => cardNode(card, picture, sized, floors)),
      ...links.map((link, i) => tap(tapOf(i), 2 * floors.get(link.rail)! + (hangs(link) ? 1 : 0), 4)),
    ],
    edges: links.map((link, i) =>
      hangs(link)
        ? { id: edgeOf(i), sources: [tapOf(i)], targets: [nicOf(i)] }
        : { id: edgeOf(i), sources: [nicOf(i)], targets: [tapOf(i)] },
    ),
  };
}

/** From the top: public, routers, access, undercloud and BMC, ctlplane, the BMC's rail, nodes, the other networks. */
function floorsOf({ rails, cards }: Picture): ReadonlyMap<string, number> {
  const ofRail = { public: 0, access: 2, ctlplane: 4, bmc: 5, extra: 7 };
  const ofCard = { router: 1, undercloud: 3, bmc: 3, node: 6, rack: 6, elsewhere: 3 };
  const extras = rails.filter(({ kind }) => kind === "extra").map(({ id }) => id);
  return new Map([
    ...rails.map(({ id, kind }) => [id, ofRail[kind] + Math.max(0, extras.indexOf(id))] as const),
    ...cards.map(({ id, kind }) => [id, id === "router-elsewhere" ? 1 : ofCard[kind]] as const),
  ]);
}

/** A rail's label may stand beside the cards that hang from it; a rail that follows at once is kept off it. */
function railHeight(
  { id }: Rail,
  { rails, cards }: Picture,
  sized: Sized,
  floors: ReadonlyMap<string, number>,
): number {
  const label = sized.labels.get(id)!.height;
  const below = Math.min(...[...floors.values()].filter((floor) => floor > floors.get(id)!));
  const hanging = cards.filter((card) => floors.get(card.id) === below);
  const beside =
    hanging.length === 0 || rails.some((rail) => floors.get(rail.id) === below)
      ? 0
      : Math.max(...hanging.map((card) => sized.cards.get(card.id)!.height)) + betweenFloors;
  return Math.max(4, label - beside);
}

function tap(id: string, layer: number, height: number): ElkNode {
  return {
    id,
    width: 8,
    height,
    layoutOptions: { "elk.partitioning.partition": String(layer), "elk.alignment": "TOP" },
  };
}

function cardNode(
  card: Card,
  { links, cards }: Picture,
  sized: Sized,
  floors: ReadonlyMap<string, number>,
): ElkNode {
  const { width, height } = sized.cards.get(card.id)!;
  const side = (link: Link) => (floors.get(link.rail)! < floors.get(card.id)! ? "NORTH" : "SOUTH");
  const node: ElkNode = {
    id: card.id,
    width,
    height,
    layoutOptions: {
      "elk.partitioning.partition": String(2 * floors.get(card.id)!),
      "elk.alignment": "TOP",
      "elk.portConstraints": "FIXED_SIDE",
      "elk.portAlignment.default": "DISTRIBUTED",
    },
    ports: links.flatMap((link, i) =>
      link.card === card.id
        ? [{ id: nicOf(i), width: 0, height: 0, layoutOptions: { "elk.port.side": side(link) } }]
        : [],
    ),
  };
  if (card.cells.length === 0) return node;
  const all = cards.reduce((sum, { cells }) => sum + cells.length, 0);
  return {
    ...node,
    layoutOptions: {
      ...node.layoutOptions,
      "elk.algorithm": "rectpacking",
      "elk.rectpacking.widthApproximation.strategy": "TARGET_WIDTH",
      "elk.rectpacking.widthApproximation.targetWidth": String(
        Math.round(Math.max(roomOf(card, all), width)),
      ),
      "elk.rectpacking.packing.strategy": "SIMPLE",
      "elk.spacing.nodeNode": String(cellGap),
      "elk.padding": `[top=${height},left=12,bottom=12,right=12]`,
      "elk.nodeSize.constraints": "[PORTS, MINIMUM_SIZE]",
      "elk.nodeSize.minimum": `(${width},${height})`,
    },
    children: card.cells.map(({ id }) => {
      const cell = sized.cells.get(id)!;
      return { id: `cell ${id}`, width: cell.width, height: cell.height };
    }),
  };
}
