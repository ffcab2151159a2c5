import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commands } from "../../../cli/main";

const project = join(__dirname, "..", "..", "..");
const page = readFileSync(join(project, "docs", "safety.md"), "utf8");
const [claims = "", proofs = ""] = page.split("\n## Tests\n");

/** number → file and title */
const tests = new Map(
  [...proofs.matchAll(/^(\d+)\. `([^`]+)`: (.+)$/gm)].map(([, number, file, title]) => [
    Number(number),
    { file: file!, title: title! },
  ]),
);
/** Rows of the table, heads aside: the command, and its numbers in the last column. */
const rows = [...claims.matchAll(/^\| `(.+?)` .*\| ([\d ]*) \|$/gm)].map(([, command, numbers]) => ({
  command: command!,
  numbers: numbers!.trim().split(/ +/).map(Number),
}));
/** What survives and what is asked, each with its numbers in parentheses at the end. */
const points = claims
  .split(/\n(?=- )|\n\n/)
  .filter((text) => text.startsWith("- "))
  .map((text) => ({ text, numbers: /\(([\d ]+)\)\s*$/.exec(text)?.[1]?.split(" ").map(Number) ?? [] }));

describe("docs/safety.md", () => {
  it("has a row for every command", () => {
    const npm = new Map([
      ["start", "npm start"],
      ["stop", "npm stop"],
    ]);
    const names = commands.map(({ name }) => npm.get(name) ?? `ovb ${name}`);
    expect(rows.map(({ command }) => command).sort()).toEqual(names.sort());
  });

  it("says nothing that no test is named for, and names none for nothing", () => {
    const used = [...rows, ...points].flatMap(({ numbers }) => numbers);
    for (const { text, numbers } of points) expect(numbers, text).not.toEqual([]);
    for (const { command, numbers } of rows) expect(numbers, command).not.toEqual([0]);
    expect([...new Set(used)].sort((a, b) => a - b)).toEqual([...tests.keys()]);
  });

  it.each([...tests])("%i is a test that exists: %o", (_, { file, title }) => {
    expect(existsSync(join(project, file)), file).toBe(true);
    expect(readFileSync(join(project, file), "utf8")).toContain(title);
  });
});
