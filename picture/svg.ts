import type { Mark } from "../plan/review/marks";
import type { Layout, PlacedCard, PlacedLink, PlacedRail } from "./layout";
import { type Colour, extraColours, palette, pictureStyle } from "./palette";
import type { Picture, Rail } from "./picture";
import { type Badge, badgeHeight, type Line, type Pill, pillHeight, type Shape } from "./shape";
import { type TextStyle, widthOf, wrap } from "./type";
import { escapeXml, idOf } from "./xml";

/** Of a picture within a page. */
export interface InPage {
  /** Where a card, a cell or a rail leads to; undefined: nowhere. Its id in the picture is pictureId(). */
  readonly target: (id: string) => string | undefined;
}

/** A picture with its places as the text of an SVG file, or of an element of a page. Same picture, same bytes. */
export function svg(picture: Picture, layout: Layout, inPage?: InPage): string {
  const draw = new Drawing(picture, inPage);
  const width = Math.max(layout.width, 640);
  const head = inPage ? { text: "", height: 0 } : draw.head(width);
  const foot = draw.legend(layout.height);
  const height = head.height + layout.height + 24;
  const named = inPage
    ? 'role="group" aria-labelledby="picture-title" aria-describedby="picture-hint"'
    : 'xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="picture-title picture-text"';
  return `<svg ${named} class="picture" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title id="picture-title">${escapeXml(picture.title)}</title>
<desc id="picture-text">${escapeXml(describe(picture))}</desc>
<style>${pictureStyle()}</style>
<rect class="f-ground" width="${width}" height="${height}"/>
${head.text}<g transform="translate(0 ${head.height})">
${layout.rails.map((rail) => draw.rail(rail, width)).join("")}${layout.links.map((link) => draw.link(link)).join("")}${layout.cards.map((card) => draw.card(card)).join("")}${foot}</g>
</svg>
`;
}

/** Of a rail, a card or a cell in the picture. */
export function pictureId(id: string): string {
  return idOf("picture", id);
}

function describe({ subtitle, rails, cards }: Picture): string {
  const parts = [
    ...(subtitle ? [subtitle] : []),
    `Networks: ${rails.map(({ title }) => title).join(", ")}.`,
    `On them: ${cards.map(({ title }) => title).join(", ")}.`,
  ];
  return parts.join(" ");
}

const titleStyle: TextStyle = { size: 16, bold: true };
const small: TextStyle = { size: 11 };

class Drawing {
  readonly #rails: ReadonlyMap<string, Rail>;
  readonly #extras: readonly string[];
  readonly #picture: Picture;
  readonly #inPage: InPage | undefined;

  constructor(picture: Picture, inPage?: InPage) {
    this.#picture = picture;
    this.#inPage = inPage;
    this.#rails = new Map(picture.rails.map((rail) => [rail.id, rail]));
    this.#extras = picture.rails.filter(({ kind }) => kind === "extra").map(({ id }) => id);
  }

  #colourOf(rail: string): Colour {
    const { kind } = this.#rails.get(rail)!;
    if (kind !== "extra") return kind;
    return `extra${this.#extras.indexOf(rail) % extraColours}` as Colour;
  }

  head(width: number): { readonly text: string; readonly height: number } {
    const lines = [
      ...wrap(this.#picture.title, titleStyle, width - 48).map((text) => ({ text, style: titleStyle })),
      ...(this.#picture.subtitle
        ? wrap(this.#picture.subtitle, small, width - 48).map((text) => ({ text, style: small }))
        : []),
    ];
    let y = 18;
    const texts = lines.map(({ text, style }) => {
      y += style.size + 6;
      return textElement({ x: 24, y, text, style, look: "title" });
    });
    return { text: texts.join(""), height: y };
  }

  rail(placed: PlacedRail, width: number): string {
    const { rail, shape, x, y } = placed;
    const colour = this.#colourOf(rail.id);
    const dashed =
      rail.kind === "bmc"
        ? ' stroke-dasharray="10 6"'
        : rail.mark === "deleted"
          ? ' stroke-dasharray="2 6"'
          : "";
    const stroke = rail.mark === "deleted" ? "deleted" : colour;
    return this.#group(
      rail.id,
      `rail ${rail.kind}`,
      `Network ${shape.words.join(", ")}`,
      `<path class="s-${stroke}" fill="none" stroke-width="${rail.kind === "bmc" ? 3 : 6}" stroke-linecap="round"${dashed} d="M${x} ${y}H${width - 24}"/>
${this.#shape(shape, x, y, colour)}`,
    );
  }

  link({ link, points }: PlacedLink): string {
    const colour = this.#colourOf(link.rail);
    const stroke = link.mark ?? colour;
    const [start, end] = [points[0]!, points.at(-1)!];
    const path = points.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${x} ${y}`).join("");
    const dashed =
      link.kind === "way"
        ? ' stroke-dasharray="5 4"'
        : link.mark === "deleted"
          ? ' stroke-dasharray="2 4"'
          : "";
    const below = start.y > end.y;
    const count =
      link.count > 1
        ? textElement({
            x: start.x + 5,
            y: start.y + (below ? -6 : 14),
            text: `\u00d7 ${link.count}`,
            style: small,
            look: "muted",
          })
        : "";
    return `<g class="link" data-card="${pictureId(link.card)}" data-rail="${pictureId(link.rail)}"><path class="s-${stroke}" fill="none" stroke-width="${link.mark ? 3 : 2}"${dashed} d="${path}"/><circle class="f-${colour}" cx="${end.x}" cy="${end.y}" r="5"/><circle class="f-${stroke}" cx="${start.x}" cy="${start.y}" r="4"/>${count}</g>
`;
  }

  card({ card, x, y, width, height, shape, cells }: PlacedCard): string {
    const dashed = card.kind === "elsewhere" || card.mark === "deleted" ? ' stroke-dasharray="6 4"' : "";
    const inside = cells.map(({ cell, ...place }) => {
      return this.#group(
        cell.id,
        "cell",
        [...place.shape.words, ...(cell.mark ? [cell.mark] : [])].join(", "),
        `${box(place.x, place.y, place.shape.width, place.shape.height, cell.mark, { ground: "ground", radius: 4 })}${this.#shape(place.shape, place.x, place.y)}`,
        card.id,
      );
    });
    const outside = `${box(x, y, width, height, card.mark, { ground: "card", radius: 8, dashed })}${this.#shape(shape, x, y)}`;
    return this.#group(card.id, `card ${card.kind}`, shape.words.join(", "), outside) + inside.join("");
  }

  legend(y: number): string {
    const marks: readonly (readonly [string, Colour])[] = [
      ["+ created", "created"],
      ["~ changed or resized, in place", "changed"],
      ["\u00b1 replaced", "replaced"],
      ["\u2212 deleted", "deleted"],
    ];
    const words: readonly (readonly [string, Colour])[] = [
      [
        "Dot: a NIC. Dashed: no NIC, but IPMI and Redfish, or what is not the lab's. VIP, metadata: allowed address pairs.",
        "muted",
      ],
      ...(this.#picture.compares ? marks : []),
    ];
    let x = 24;
    return words
      .map(([text, colour], i) => {
        // The marks are on a line of their own.
        if (i === 1) x = 24;
        const element = textElement({ x, y: y + (i === 0 ? -4 : 14), text, style: small, look: "" }, colour);
        x += widthOf(text, small) + 20;
        return element;
      })
      .join("");
  }

  #group(id: string, look: string, name: string, inside: string, rack?: string): string {
    const target = this.#inPage?.target(id);
    const common = `id="${pictureId(id)}" class="thing ${look}"${rack ? ` data-rack="${pictureId(rack)}"` : ""}`;
    if (target !== undefined)
      return `<a ${common} href="#${target}" aria-label="${escapeXml(name)}">\n${inside}</a>\n`;
    return `<g ${common}>\n${inside}</g>\n`;
  }

  #shape(
    { lines, stripes, badges, pills }: Shape,
    x: number,
    y: number,
    titleColour: Colour = "ink",
  ): string {
    return [
      ...stripes.map(
        (stripe) =>
          `<rect class="f-${this.#colourOf(stripe.rail)}" x="${x + stripe.x}" y="${y + stripe.y}" width="3" height="${stripe.height}" rx="1.5"/>\n`,
      ),
      ...badges.map((badge) => badgeElement(badge, x, y)),
      ...pills.map((pill) => pillElement(pill, x, y)),
      ...lines.map((line) =>
        textElement({ ...line, x: x + line.x, y: y + line.y }, lineColour(line, titleColour)),
      ),
    ].join("");
  }
}

function lineColour({ look }: Line, titleColour: Colour): Colour {
  const mark = look.split(" ").find((word) => word in palette);
  if (mark) return mark as Colour;
  if (look === "title") return titleColour;
  if (look === "badge") return "ground";
  if (look.startsWith("pair")) return "ctlplane";
  return look === "heading" || look.startsWith("mono") ? "ink" : "muted";
}

function box(
  x: number,
  y: number,
  width: number,
  height: number,
  mark: Mark | undefined,
  { ground, radius, dashed = "" }: { ground: Colour; radius: number; dashed?: string },
): string {
  const place = `x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}"`;
  const tint = mark ? `<rect class="f-${mark}" fill-opacity="0.08" ${place}/>` : "";
  return `<rect class="box f-${ground} s-${mark ?? "line"}" stroke-width="${mark ? 2.5 : 1}"${dashed} ${place}/>${tint}\n`;
}

function pillElement({ x, y, width, mark }: Pill, left: number, top: number): string {
  const colour = mark ?? "ctlplane";
  return `<rect class="f-ground s-${colour}" x="${left + x}" y="${top + y}" width="${width}" height="${pillHeight}" rx="8"/>\n`;
}

function badgeElement({ x, y, width, mark }: Badge, left: number, top: number): string {
  return `<rect class="f-${mark}" x="${left + x}" y="${top + y}" width="${width}" height="${badgeHeight}" rx="8"/>\n`;
}

function textElement(
  { x, y, text, style, look }: Line,
  colour: Colour = look === "muted" ? "muted" : "ink",
): string {
  const mono = style.mono ? " mono" : "";
  const was = look === "was" ? " was" : "";
  const weight = style.bold ? ' font-weight="600"' : "";
  return `<text class="f-${colour}${mono}${was}" x="${x}" y="${y}" font-size="${style.size}"${weight}>${escapeXml(text)}</text>\n`;
}
