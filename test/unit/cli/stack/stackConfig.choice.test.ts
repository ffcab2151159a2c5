import type { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { commands } from "../../../../cli/main";

/** Those that are about no stack, or make a new one. */
const without = ["sweep", "ipa", "init"];

/** The arguments that a command cannot do without. */
const needed: Record<string, string[]> = {
  power: ["status"],
  console: ["node-0"],
  fault: ["list"],
  ssh: ["undercloud"],
  deploy: ["node-0"],
  undeploy: ["node-0"],
  pulumi: ["preview"],
};

/** The command, parsed as `ovb` does it, with its action taken away. @returns what the action would have been told */
async function chosen(name: string, args: string[]): Promise<{ stack?: string }> {
  const command: Command = (await commands.find((entry) => entry.name === name)!.load())();
  let told: { stack?: string } | undefined;
  command.action(() => {
    told = command.opts();
  });
  await command.exitOverride().parseAsync([...(needed[name] ?? []), ...args], { from: "user" });
  return told!;
}

describe("every command about a stack chooses it by the same rule", () => {
  let said: string[];
  beforeEach(() => {
    vi.stubEnv("PULUMI_STACK", undefined);
    vi.stubEnv("PULUMI_HOME", "/nowhere");
    said = [];
    vi.spyOn(console, "error").mockImplementation((line) => void said.push(String(line)));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
  const names = commands.map(({ name }) => name).filter((name) => !without.includes(name));

  it.each(names)("%s: PULUMI_STACK, and says so; but --stack wins", async (name) => {
    vi.stubEnv("PULUMI_STACK", "prod");
    expect((await chosen(name, [])).stack).toBe("prod");
    expect(said).toEqual(["stack prod: PULUMI_STACK says so"]);
    expect((await chosen(name, ["--stack", "qa"])).stack).toBe("qa");
    expect(said).toHaveLength(1);
  });

  it.each(without)("%s is about no stack", async (name) => {
    const command = (await commands.find((entry) => entry.name === name)!.load())();
    expect(command.options.map(({ long }) => long)).not.toContain("--stack");
  });
});
