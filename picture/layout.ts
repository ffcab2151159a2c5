import ELK, { type ElkExtendedEdge, type ElkNode } from "elkjs/lib/elk.bundled.js";
import { edgeOf, floorOf, graphOf, nicOf, type Sized, sizesOf } from "./graph";
import type { Card, Cell, Link, Picture, Rail } from "./picture";
import { labelWidth, type Shape } from "./shape";

/** Where everything is, in pixels from the left top. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly rails: readonly PlacedRail[];
  readonly cards: readonly PlacedCard[];
  readonly links: readonly PlacedLink[];
}

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly shape: Shape;
}

export interface PlacedRail extends Place {
  /** Its line is at y, from end to end. */
  readonly rail: Rail;
}

export interface PlacedCard extends Place {
  readonly card: Card;
  readonly width: number;
  readonly height: number;
  readonly cells: readonly (Place & { readonly cell: Cell })[];
}

export interface PlacedLink {
  readonly link: Link;
  /** From the card to the rail. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

const margin = 24;
/** Between the rails' labels and the first card. */
const gutter = 28;

/** Gives everything its place. The same picture always gets the same one. */
export async function layOut(picture: Picture): Promise<Layout> {
  const sized = sizesOf(picture);
  return new Places(picture, sized, await new ELK().layout(graphOf(picture, sized))).layout();
}

const left = margin + labelWidth + gutter;
const toRight = (x: number) => Math.round(left + x);
const down = (y: number) => Math.round(margin + y);

/** Reads the library's answer, whose left top is the first card's. */
class Places {
  readonly #nodes: ReadonlyMap<string, ElkNode>;
  readonly #edges: ReadonlyMap<string, ElkExtendedEdge>;
  readonly #picture: Picture;
  readonly #sized: Sized;
  readonly #graph: ElkNode;

  constructor(picture: Picture, sized: Sized, graph: ElkNode) {
    this.#picture = picture;
    this.#sized = sized;
    this.#graph = graph;
    this.#nodes = new Map(graph.children!.map((node) => [node.id, node]));
    this.#edges = new Map(graph.edges!.map((edge) => [edge.id, edge]));
  }

  layout(): Layout {
    const { rails, cards, links } = this.#picture;
    const placed = rails.map((rail) => this.#rail(rail));
    const bottom = Math.max(...placed.map(({ y, shape }) => y + shape.height), down(this.#graph.height!));
    return {
      width: toRight(this.#graph.width!) + margin,
      height: bottom + margin,
      rails: placed,
      cards: cards.map((card) => this.#card(card)),
      links: links.map((link, i) => this.#link(link, i)),
    };
  }

  #rail(rail: Rail): PlacedRail {
    const y = down(this.#nodes.get(floorOf(rail.id))!.y!);
    return { rail, x: margin, y, shape: this.#sized.labels.get(rail.id)! };
  }

  #card(card: Card): PlacedCard {
    const { x = 0, y = 0, width = 0, height = 0, children = [] } = this.#nodes.get(card.id)!;
    return {
      card,
      x: toRight(x),
      y: down(y),
      width: Math.round(width),
      height: Math.round(height),
      shape: this.#sized.cards.get(card.id)!,
      cells: card.cells.map((cell, i) => {
        const inside = children[i]!;
        return {
          cell,
          x: toRight(x + inside.x!),
          y: down(y + inside.y!),
          shape: this.#sized.cells.get(cell.id)!,
        };
      }),
    };
  }

  #link(link: Link, i: number): PlacedLink {
    const {
      startPoint,
      bendPoints = [],
      endPoint,
      incomingShape,
    } = this.#edges.get(edgeOf(i))!.sections![0]!;
    const points = [startPoint, ...bendPoints, endPoint].map(({ x, y }) => ({ x: toRight(x), y: down(y) }));
    const fromCard = incomingShape === nicOf(i) ? points : points.reverse();
    // From the tap on to the rail's line.
    const { y } = this.#nodes.get(floorOf(link.rail))!;
    return { link, points: [...fromCard, { x: fromCard.at(-1)!.x, y: down(y!) }] };
  }
}
