import type { Mark } from "../plan/review/marks";
import type { Card, Cell, Fact, Rail, Section } from "./picture";
import { type TextStyle, widthOf, wrap } from "./type";

/** A line of text where it stands in its shape. Pixels from the shape's left top; y is the base line's. */
export interface Line {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly style: TextStyle;
  /** Names of classes of the style sheet. */
  readonly look: string;
}

/** A bar at the left of a section, in its rail's colour. */
export interface Stripe {
  readonly x: number;
  readonly y: number;
  readonly height: number;
  readonly rail: string;
}

export interface Badge {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly mark: Mark;
}

/** What a card, a cell or a rail's label looks like, with nothing said of where it is. */
export interface Shape {
  /** All its texts, whole and in order: what a screen reader reads out. */
  readonly words: readonly string[];
  readonly width: number;
  readonly height: number;
  readonly lines: readonly Line[];
  readonly stripes: readonly Stripe[];
  readonly badges: readonly Badge[];
  /** Around what is an address pair. */
  readonly pills: readonly Pill[];
}

export interface Pill {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly mark?: Mark;
}

const inset = 12;
const lineHeight = 15;
export const badgeHeight = 16;
export const pillHeight = 16;
const title: TextStyle = { size: 14, bold: true };
const small: TextStyle = { size: 11 };
const code: TextStyle = { size: 11, mono: true };
const heading: TextStyle = { size: 11, bold: true };
const badge: TextStyle = { size: 10, bold: true };

const signs: Record<Mark, string> = {
  created: "+ ",
  deleted: "\u2212 ",
  changed: "~ ",
  resized: "~ ",
  replaced: "\u00b1 ",
};

/** Puts one thing below the other. */
class Column {
  readonly words: string[] = [];
  readonly lines: Line[] = [];
  readonly stripes: Stripe[] = [];
  readonly badges: Badge[] = [];
  readonly pills: Pill[] = [];
  y: number;
  readonly #x: number;
  readonly #width: number;

  constructor(x: number, top: number, width: number) {
    this.#x = x;
    this.#width = width;
    this.y = top;
  }

  text(
    text: string,
    style: TextStyle,
    look: string,
    { indent = 0, hang = 0, room = this.#width } = {},
  ): void {
    this.words.push(text);
    const height = style.size > 12 ? style.size + 5 : lineHeight;
    wrap(text, style, room - indent - hang).forEach((line, i) => {
      this.y += height;
      this.lines.push({ x: this.#x + indent + (i > 0 ? hang : 0), y: this.y - 4, text: line, style, look });
    });
  }

  head(text: string, mark: Mark | undefined, style: TextStyle): void {
    const badgeWidth = mark ? widthOf(mark, badge) + 10 : 0;
    const top = this.y;
    this.text(text, style, "title", { room: this.#width - (mark ? badgeWidth + 8 : 0) });
    if (!mark) return;
    const x = this.#x + this.#width - badgeWidth;
    this.words.push(mark);
    this.badges.push({ x, y: top + 2, width: badgeWidth, mark });
    this.lines.push({ x: x + 5, y: top + 14, text: mark, style: badge, look: "badge" });
  }

  facts(facts: readonly Fact[], indent = 0): void {
    for (const { text, style, mark, was } of facts) {
      const type = style === "plain" ? small : code;
      const look = `${style}${mark ? ` ${mark}` : ""}`;
      const signed = `${mark ? signs[mark] : ""}${text}`;
      if (style === "pair") this.#pill(signed, mark, indent);
      else this.text(signed, type, look, { indent, hang: 8 });
      if (was !== undefined) this.text(`was ${was}`, type, "was", { indent: indent + 8, hang: 8 });
    }
  }

  #pill(text: string, mark: Mark | undefined, indent: number): void {
    const width = widthOf(text, code) + 12;
    this.words.push(text);
    this.pills.push({ x: this.#x + indent, y: this.y + 1, width, ...(mark && { mark }) });
    this.y += pillHeight + 3;
    const look = `pair${mark ? ` ${mark}` : ""}`;
    this.lines.push({ x: this.#x + indent + 6, y: this.y - 6, text, style: code, look });
  }

  section({ title: name, rail, facts, mark }: Section): void {
    if (facts.length === 0 && name === "") return;
    const top = this.y;
    const indent = rail ? 9 : 0;
    if (name)
      this.text(`${mark ? signs[mark] : ""}${name}`, heading, `heading${mark ? ` ${mark}` : ""}`, { indent });
    this.facts(facts, indent);
    if (rail) this.stripes.push({ x: this.#x, y: top + 3, height: this.y - top - 2, rail });
    this.y += 6;
  }
}

function shapeOf(width: number, columns: readonly Column[], bottom = inset - 6): Shape {
  return {
    words: columns.flatMap(({ words }) => words),
    width,
    height: Math.max(...columns.map(({ y }) => y)) + bottom,
    lines: columns.flatMap(({ lines }) => lines),
    stripes: columns.flatMap(({ stripes }) => stripes),
    badges: columns.flatMap(({ badges }) => badges),
    pills: columns.flatMap(({ pills }) => pills),
  };
}

/** A router, an undercloud, a BMC, a node: its sections below each other. */
export function cardShape(card: Card, width = card.kind === "router" ? 200 : 268): Shape {
  const column = new Column(inset, inset - 4, width - 2 * inset);
  column.head(card.title, card.mark, title);
  column.text(card.subtitle, small, "muted");
  column.y += 4;
  for (const section of card.sections) column.section(section);
  return shapeOf(width, [column]);
}

const headColumn = 236;

/** What the nodes of a rack have in common, over its cells: sections in as many columns as there is room for. @param room pixels */
export function rackHead(card: Card, room: number): Shape {
  const sections = card.sections.filter(({ facts }) => facts.length > 0);
  const count = Math.max(1, Math.min(sections.length, Math.floor((room - 2 * inset + 12) / headColumn)));
  const width = 2 * inset - 12 + count * headColumn;
  const top = new Column(inset, inset - 4, width - 2 * inset);
  top.head(card.title, card.mark, title);
  top.text(card.subtitle, small, "muted");
  const columns = Array.from(
    { length: count },
    (_, i) => new Column(inset + i * headColumn, top.y + 4, headColumn - 12),
  );
  for (const section of sections) {
    const shortest = columns.reduce((least, column) => (column.y < least.y ? column : least));
    shortest.section({ ...section, title: section.title || "Each" });
  }
  return shapeOf(width, [top, ...columns], 4);
}

const cellInset = 8;
export const cellWidth = 152;

/** A node of a rack, with what is its own. */
export function cellShape(cell: Cell): Shape {
  const column = new Column(cellInset, 4, cellWidth - 2 * cellInset);
  // A badge has no room here.
  const name = `${cell.mark ? signs[cell.mark] : ""}${cell.title}`;
  column.text(name, { size: 12, bold: true }, `title${cell.mark ? ` ${cell.mark}` : ""}`);
  for (const { rail, facts } of cell.sections) {
    if (facts.length === 0) continue;
    const top = column.y;
    column.facts(facts, rail ? 8 : 0);
    if (rail) column.stripes.push({ x: cellInset, y: top + 3, height: column.y - top - 3, rail });
  }
  return shapeOf(cellWidth, [column], 6);
}

export const labelWidth = 236;

/** What stands at the left end of a rail. What does not change shares lines. */
export function railShape(rail: Rail): Shape {
  const column = new Column(0, 10, labelWidth);
  column.head(rail.title, rail.mark, title);
  const facts: Fact[] = [];
  for (const fact of rail.facts) {
    const last = facts.at(-1);
    const joined =
      last && isRunning(fact) && isRunning(last) ? `${last.text} \u00b7 ${fact.text}` : undefined;
    if (joined && widthOf(joined, small) <= labelWidth - 8)
      facts[facts.length - 1] = { ...last!, text: joined };
    else facts.push(fact);
  }
  column.facts(facts);
  return shapeOf(labelWidth, [column], 14);
}

function isRunning({ style, mark }: Fact): boolean {
  return style === "plain" && mark === undefined;
}
