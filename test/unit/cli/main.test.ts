import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { examples } from "../../../cli/command/examples";
import { commands, main } from "../../../cli/main";

const names = commands.map(({ name }) => name);

describe("--help of every command", () => {
  afterEach(() => vi.restoreAllMocks());

  it.each(names)("%s shows an example of itself", async (name) => {
    let help = "";
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      help += text;
      return true;
    });
    expect(await main([name, "--help"])).toBe(0);
    const [, shown = ""] = help.split(/^Examples?:$/m);
    const first = ["start", "stop"].includes(name) ? `npm ${name}` : `npx ovb ${name}`;
    expect(shown.trim().startsWith(first), help).toBe(true);
  });

  it("is about commands that there are", () => {
    expect(Object.keys(examples).sort()).toEqual([...names].sort());
  });

  const lines = Object.entries(examples).flatMap(([name, all]) => all.map((line) => [line, name] as const));
  it.each(lines)("%s: is taken as it stands", async (line, name) => {
    const [typed = ""] = line.split(" # ");
    const words = (typed.replace(/ > \S+$/, "").match(/'[^']*'|\S+/g) ?? []).map((word) =>
      word.replaceAll("'", ""),
    );
    const args = words.slice(words[0] === "npm" ? 2 : 3);
    if (words[0] === "npm" && args[0] === "--") args.shift(); // npm's own
    const command = (await commands.find((entry) => entry.name === name)!.load())();
    let taken = 0;
    const leaves = command.commands.length > 0 ? command.commands : [command];
    for (const leaf of leaves) {
      const act = () => {
        taken++;
      };
      leaf.exitOverride().action(act);
    }
    await command.exitOverride().parseAsync(args, { from: "user" });
    expect(taken).toBe(1);
  });

  it("npm start and npm stop are these commands", () => {
    const { scripts } = JSON.parse(readFileSync(join(__dirname, "..", "..", "..", "package.json"), "utf8"));
    expect(scripts).toMatchObject({ start: "node cli/ovb.mjs start", stop: "node cli/ovb.mjs stop" });
  });
});
