import fc from "fast-check";
import { expect, it } from "vitest";
import { parseDocument } from "yaml";
import { stackFileText } from "../../../../cli/init/document";
import type { Choice } from "../../../../cli/init/given";

const text = fc.string({ unit: "binary", maxLength: 40 });
const printable = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
const value = fc.oneof(
  printable,
  fc.integer(),
  fc.boolean(),
  fc.array(printable, { minLength: 1, maxLength: 3 }),
);

it("is read as it was chosen, whatever is in values and comments", () => {
  fc.assert(
    fc.property(text, fc.array(fc.tuple(value, text), { minLength: 4, maxLength: 4 }), (head, values) => {
      const paths = [["publicNetwork"], ["undercloud", "image"], ["nodes", 0, "name"], ["nodes", 0, "count"]];
      const choices: Choice[] = values.map(([one, comment], i) => ({
        path: paths[i]!,
        value: one,
        comment,
      }));
      const document = parseDocument(stackFileText(choices, head));
      expect(document.errors).toEqual([]);
      const [a, b, c, d] = values.map(([one]) => one);
      expect(document.toJS()).toEqual({
        config: {
          "ovb:publicNetwork": a,
          "ovb:undercloud": { image: b },
          "ovb:nodes": [{ name: c, count: d }],
        },
      });
    }),
  );
});

it("quotes what another reader of YAML takes for something else", () => {
  const file = (one: string) => stackFileText([{ path: ["lab"], value: one, comment: "" }], "A lab");
  for (const one of ["yes", "No", "on", "1e3", "0123", "2026-11-30", "1_000", "~", "52:54:00", "NULL"])
    expect(file(one)).toContain(`ovb:lab: "${one}"`);
  for (const one of ["debian-13", "m1.small", "Debian 13", "ext-net"])
    expect(file(one)).toContain(`ovb:lab: ${one}\n`);
});

it("has each reason above its key, and a list's above the list", () => {
  const choices = [
    { path: ["undercloud", "image"], value: "debian-13", comment: "The newest." },
    { path: ["nodes", 0, "name"], value: "node", comment: "Nodes." },
    { path: ["nodes", 0, "count"], value: 2, comment: `Many ${"words ".repeat(40)}` },
  ];
  const lines = stackFileText(choices, "A lab").split("\n");
  expect(lines.slice(0, 8)).toEqual([
    ...["# A lab", "", "config:", "  ovb:undercloud:", "    # The newest.", "    image: debian-13"],
    ...["  # Nodes.", "  ovb:nodes:"],
  ]);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(120);
});
