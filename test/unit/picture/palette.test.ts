import { expect, it } from "vitest";
import { type Colour, palette } from "../../../picture/palette";

/** WCAG 2.2's relative luminance. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [less, more] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (more! + 0.05) / (less! + 0.05);
}

/** What a mark's tint makes of a card: fill-opacity 0.08. */
function tinted(ground: string, tint: string): string {
  const mix = (at: number) =>
    Math.round(
      Number.parseInt(ground.slice(at, at + 2), 16) * 0.92 +
        Number.parseInt(tint.slice(at, at + 2), 16) * 0.08,
    );
  return `#${[1, 3, 5].map((at) => mix(at).toString(16).padStart(2, "0")).join("")}`;
}

const marks = ["created", "changed", "resized", "replaced", "deleted"] as const;
const text = (Object.keys(palette) as Colour[]).filter((name) => !["ground", "card", "line"].includes(name));

it.each([0, 1] as const)(
  "every text can be read on the ground, a card and a marked card (theme %d)",
  (theme) => {
    const ground = palette.ground[theme];
    const card = palette.card[theme];
    const under = [
      ground,
      card,
      ...marks.flatMap((mark) => [tinted(card, palette[mark][theme]), tinted(ground, palette[mark][theme])]),
    ];
    for (const name of text)
      for (const behind of under)
        expect(contrast(palette[name][theme], behind), `${name} on ${behind}`).toBeGreaterThanOrEqual(4.5);
  },
);
