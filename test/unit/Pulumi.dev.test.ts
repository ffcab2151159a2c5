import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "../../plan/config/parseConfig";
import { planLab } from "../../plan/lab/planLab";

const project = join(__dirname, "..", "..");
const git = (...args: string[]) => {
  const { status, stdout } = spawnSync("git", ["-C", project, ...args], { encoding: "utf8" });
  return status === 0 ? stdout : undefined;
};
/** As they were committed: what a user makes of them is the user's. None without git. */
const shipped = (git("ls-tree", "-r", "--name-only", "HEAD") ?? "")
  .split("\n")
  .filter((file) => /(^|\/)Pulumi\.[^/]+\.yaml$/.test(file));

describe.skipIf(shipped.length === 0)("the configuration that is shipped", () => {
  it.each(shipped.length > 0 ? shipped : ["(no git here)"])(
    "%s plans, and names no lab: a copy of it for another stack is another lab",
    (file) => {
      const config = Object.entries(parse(git("show", `HEAD:${file}`)!).config as object).map(
        ([key, value]) => [key.replace(/^ovb:/, ""), value] as const,
      );
      const raw = Object.fromEntries(config);
      expect(raw).not.toHaveProperty("lab");
      expect(planLab(parseConfig(raw, "one")).name).toBe("ovb-one");
      expect(planLab(parseConfig(raw, "two")).name).toBe("ovb-two");
    },
  );
});
