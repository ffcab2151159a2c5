import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { documentedCommands } from "../../../../support/typed/documented";
import { notTyped } from "../../../../support/typed/notTyped";
import { asTyped, placeholders, typed } from "../../../../support/typed/typed";

const project = join(__dirname, "..", "..", "..", "..", "..");
const documented = execFileSync("git", ["ls-files", "README.md", "docs/*.md", "examples/*/README.md"], {
  cwd: project,
  encoding: "utf8",
})
  .trim()
  .split("\n")
  .flatMap((page) => documentedCommands(page, readFileSync(join(project, page), "utf8")));
const inDocs = new Set(documented.map(({ command }) => command));
const all = [...typed.map(({ type }) => type), ...notTyped.flatMap(({ commands }) => commands)];

describe("documentedCommands", () => {
  const commands = (text: string) =>
    documentedCommands("page.md", text).map(({ line, command }) => [line, command]);

  it("reads lines of sh blocks and lines with a prompt, without remarks", () => {
    const text =
      "# Head\n```sh\nnpx ovb up   # makes it\n# a remark\n\necho '# none' \"$A\" x#y\n```\n" +
      "- a list\n  ```\n  $ npx ovb status\n  SERVER  NOVA\n  ```\n";
    expect(commands(text)).toEqual([
      [3, "npx ovb up"],
      [6, "echo '# none' \"$A\" x#y"],
      [10, "npx ovb status"],
    ]);
  });

  it("reads npx and npm in prose, over the end of a line and in tables; other programs are mentions", () => {
    const text = "By `npx ovb\nplan`, `pulumi up` or\n| `npx a\\|b` |\n```yaml\nx: `npx c`\n```\n";
    expect(commands(text)).toEqual([
      [1, "npx ovb plan"],
      [3, "npx a|b"],
    ]);
  });

  it("refuses a block that shows commands as if they were output", () => {
    expect(() => commands("```\nnpx ovb up\n```\n")).toThrow("page.md:2");
  });
});

describe("every command of README, docs and examples", () => {
  it.each(documented.map(({ page, line, command }) => [command, `${page}:${line}`]))(
    "%s (%s) is typed on the lab of npm start, or it is said why not: test/support/typed",
    (command) => {
      expect(all.filter((one) => one === command)).toEqual([command]);
    },
  );

  it("has its place once, and no place is for a command that the docs do not have", () => {
    expect(all.filter((one) => !inDocs.has(one))).toEqual([]);
    expect(new Set(all).size).toBe(all.length);
  });

  it("is typed with nothing left that stands for something", () => {
    for (const { type } of typed) expect(asTyped(type)).not.toMatch(/(?<![\w$-])[A-Z]{2,}(?!\w|~|_)|[[\]]-/);
    for (const word of Object.keys(placeholders))
      expect(
        typed.some(({ type }) => new RegExp(`\\b${word}\\b`).test(type)),
        word,
      ).toBe(true);
  });

  it("goes on beside or after commands of the docs only, and has to print or leave something", () => {
    for (const { type, beside, prints, leaves } of typed) {
      if (beside !== undefined) expect(inDocs, type).toContain(beside);
      if (!type.startsWith(". ")) expect(prints.length + (leaves?.length ?? 0), type).toBeGreaterThan(0);
    }
  });

  it.each(notTyped.flatMap(({ by }) => (by === undefined ? [] : [by])))(
    "%s, which does it instead, is there",
    (by) => {
      expect(existsSync(join(project, by))).toBe(true);
    },
  );
});
