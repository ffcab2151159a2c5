import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Layout, layOut } from "../../../picture/layout";
import { pictureOf } from "../../../picture/pictureOf";
import type { Shape } from "../../../picture/shape";
import { widthOf } from "../../../picture/type";
import type { LabPlan } from "../../../plan/lab/labPlan";
import type { Comparison } from "../../../plan/review/planDiff";
import { arbitraryConfig } from "../../support/arbitraryConfig";
import { change, changeOf, changeOfRacks, labOf, labs } from "../../support/pictures";

interface Box {
  readonly what: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const apart = (a: Box, b: Box) =>
  a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
const inside = (a: Box, b: Box) =>
  a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height;

/** The lines of text of a shape that stands there, a badge's among them, as boxes. */
function textBoxes(shape: Shape, x: number, y: number): Box[] {
  return [
    ...shape.lines.map((line) => ({
      what: line.text,
      x: x + line.x,
      y: y + line.y - line.style.size * 0.8,
      width: widthOf(line.text, line.style),
      height: line.style.size,
    })),
  ];
}

function overlaps(boxes: readonly Box[]): string[] {
  return boxes.flatMap((a, i) =>
    boxes.slice(i + 1).flatMap((b) => (apart(a, b) ? [] : [`${a.what} / ${b.what}`])),
  );
}

/** Everything that is wrong with a layout. */
function faults({ width, height, rails, cards, links }: Layout): string[] {
  const cardBoxes = cards.map(({ card, ...place }): Box => ({ what: card.id, ...place }));
  const labels = rails.map(
    ({ rail, shape, x, y }): Box => ({
      what: rail.id,
      x,
      y: y + 8,
      width: shape.width,
      height: shape.height - 14,
    }),
  );
  const sheet: Box = { what: "sheet", x: 0, y: 0, width, height };
  const cells = cards.flatMap(({ card, cells: inner }) =>
    inner.map(({ cell, shape, x, y }) => ({
      rack: card.id,
      box: { what: cell.id, x, y, width: shape.width, height: shape.height },
      shape,
    })),
  );
  const texts = [
    ...cards.flatMap(({ shape, x, y }) => textBoxes(shape, x, y)),
    ...rails.flatMap(({ shape, x, y }) => textBoxes(shape, x, y)),
    ...cells.flatMap(({ shape, box }) => textBoxes(shape, box.x, box.y)),
  ];
  return [
    ...overlaps([...cardBoxes, ...labels]),
    ...overlaps(cells.map(({ box }) => box)),
    ...overlaps(texts).map((both) => `text ${both}`),
    ...[...cardBoxes, ...labels]
      .filter((box) => !inside(box, sheet))
      .map(({ what }) => `${what} is off the sheet`),
    ...cells
      .filter(({ rack, box }) => !inside(box, cardBoxes.find(({ what }) => what === rack)!))
      .map(({ box }) => `${box.what} is off its rack`),
    ...cards.flatMap(({ card, shape, x, y, width: w, height: h }) =>
      textBoxes(shape, x, y)
        .filter((text) => !inside(text, { what: "", x, y, width: w, height: h }))
        .map(({ what }) => `${what} leaves ${card.id}`),
    ),
    ...cells.flatMap(({ box, shape }) =>
      textBoxes(shape, box.x, box.y)
        .filter((text) => !inside(text, box))
        .map(({ what }) => `${what} leaves ${box.what}`),
    ),
    ...links.flatMap(({ link, points }) =>
      points.slice(1).flatMap((to, i) => {
        const from = points[i]!;
        const line: Box = {
          what: `${link.card} to ${link.rail}`,
          x: Math.min(from.x, to.x),
          y: Math.min(from.y, to.y) + 0.5,
          width: Math.abs(from.x - to.x),
          height: Math.max(0, Math.abs(from.y - to.y) - 1),
        };
        return [...cardBoxes, ...labels]
          .filter((box) => !apart(line, box))
          .map(({ what }) => `${line.what} crosses ${what}`);
      }),
    ),
    ...links.flatMap(({ link, points }) => {
      const { y } = rails.find(({ rail }) => rail.id === link.rail)!;
      const card = cardBoxes.find(({ what }) => what === link.card)!;
      const start = points[0]!;
      return [
        ...(points.at(-1)!.y === y ? [] : [`${link.card} misses ${link.rail}`]),
        ...(start.x >= card.x &&
        start.x <= card.x + card.width &&
        [card.y, card.y + card.height].includes(start.y)
          ? []
          : [`${link.rail} misses ${link.card}`]),
      ];
    }),
  ];
}

const laidOut = (lab: LabPlan, comparison?: Comparison) => layOut(pictureOf(lab, comparison));

describe("the layout", () => {
  it("lets nothing overlap, of any lab and of any change", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryConfig, arbitraryConfig, fc.boolean(), async (raw, other, compare) => {
        const lab = labOf(raw);
        const layout = await laidOut(
          lab,
          compare ? changeOf(labOf({ ...other, lab: lab.name }), lab).comparison : undefined,
        );
        expect(faults(layout)).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  it.each(Object.entries(labs))(
    "of %s nodes is no wider than two screens, and its text is of a size to be read",
    async (_, lab) => {
      const layout = await laidOut(lab);
      expect(faults(layout)).toEqual([]);
      expect(layout.width).toBeLessThan(2000);
      expect(layout.height).toBeLessThan(2400);
      for (const { shape } of [...layout.cards, ...layout.cards.flatMap(({ cells }) => cells)])
        for (const { style } of shape.lines) expect(style.size).toBeGreaterThanOrEqual(11);
    },
  );

  it.each([["cards", change] as const, ["racks", changeOfRacks] as const])(
    "of a change of %s is as good",
    async (_, { after, comparison }) => {
      expect(faults(await laidOut(after, comparison))).toEqual([]);
    },
  );

  it("has the rails in the order of a packet's way: public, access, ctlplane, the BMC's, the others", async () => {
    const { rails } = await laidOut(labs.twenty);
    const inOrder = [...rails].sort((a, b) => a.y - b.y).map(({ rail }) => rail.id);
    expect(inOrder).toEqual([
      "public",
      "access",
      "ctlplane",
      "bmc",
      "net-internal-api",
      "net-storage",
      "net-tenant",
    ]);
  });
});
