import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { configTable, configurationPage } from "../../../../plan/config/configTable";
import { configSchema } from "../../../../plan/lab/schema/configSchema";

const root = join(__dirname, "..", "..", "..", "..");
const renew =
  "is older than plan/lab/schema/; renew it: npx vitest run --project unit test/unit/plan/config/configTable.test.ts -u";

describe("the configuration's documentation", () => {
  it("has the path, type, default and meaning of each key, lists and maps included", () => {
    const schema = z.strictObject({
      lab: z.string().default("x").describe("Its name."),
      net: z
        .strictObject({ mtu: z.number().int().optional().describe("A | B.") })
        .prefault({})
        .describe("Net."),
      groups: z
        .array(z.strictObject({ kind: z.enum(["a", "b"]), count: z.number().default(2) }))
        .default([{ kind: "a", count: 2 }])
        .describe("Groups."),
      tags: z.array(z.string()).default([]).describe("Tags."),
      options: z.record(z.string(), z.string()).default({}).describe("Options."),
    });
    expect(configTable(schema).split("\n").slice(2)).toEqual([
      "| `ovb:lab` | string | `x` | Its name. |",
      "| `ovb:net` | map |  | Net. |",
      "| `ovb:net.mtu` | integer |  | A \\| B. |",
      '| `ovb:groups` | list of maps | `[{"kind":"a"}]` | Groups. |',
      "| `ovb:groups[0].kind` | `a`, `b` | required |  |",
      "| `ovb:groups[0].count` | number | `2` |  |",
      "| `ovb:tags` | list of strings | `[]` | Tags. |",
      "| `ovb:options` | map to string | `{}` | Options. |",
    ]);
  });

  it("says of each key what it does", () => {
    const rows = configTable(configSchema).split("\n").slice(2);
    expect(rows.length).toBeGreaterThan(60);
    // The two ends of a range are told with the range.
    const silent = rows.filter((row) => row.endsWith("|  |") && !/(pool|Range)\.(start|end)/.test(row));
    expect(silent).toEqual([]);
  });

  it("is in docs/configuration.md as it is now", async () => {
    const file = join(root, "docs", "configuration.md");
    await expect(configurationPage(configSchema), `docs/configuration.md ${renew}`).toMatchFileSnapshot(file);
  });

  it("is quoted rightly in README.md: keys and their defaults", () => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const rows = configTable(configSchema).split("\n");
    const quoted = [...readme.matchAll(/^\| `(ovb:[^`]+)`.*?\| (?:`([^`]+)`)? *\|/gm)];
    expect(quoted.length).toBeGreaterThan(5);
    for (const [, key, value] of quoted) {
      const row = rows.find((line) => line.startsWith(`| \`${key}\` |`));
      expect(row, key).toBeDefined();
      if (value !== undefined) expect(row).toContain(`| \`${value}\` |`);
    }
  });
});
