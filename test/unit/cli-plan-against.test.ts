import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { basePlan } from "../../cli/basePlan";

const ovb = join(__dirname, "..", "..", "cli", "ovb.mjs");

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ovb-against-"));
  git("init", "-q", "-b", "main");
  write("Pulumi.yaml", "name: ovb\nruntime: nodejs\n");
  write("Pulumi.qa.yaml", "config: {ovb:nodes: [{count: 1}]}\n");
  git("add", ".");
  git("-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "-q", "-m", "base");
  write("Pulumi.qa.yaml", "config: {ovb:nodes: [{count: 3}]}\n");
});
afterAll(() => rmSync(folder, { recursive: true }));

function git(...args: string[]): void {
  execFileSync("git", ["-C", folder, ...args]);
}

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

describe("the base to compare with", () => {
  const nodes = (base: string, stack = "qa") => basePlan(base, folder, stack)?.nodes.length;

  it("is a git ref's files, whatever lies in the folder now; or a file", () => {
    expect(nodes("main")).toBe(1);
    expect(nodes("HEAD^{commit}")).toBe(1);
    expect(nodes("Pulumi.qa.yaml")).toBe(3);
  });

  it("is none where the stack was not there yet: its lab is new", () => {
    expect(basePlan("main", folder, "new")).toBeUndefined();
  });

  it.each(["nowhere", "--upload-pack=x", "main:Pulumi.yaml"])(
    "is not %s, and what would do is said",
    (base) => {
      expect(() => basePlan(base, folder, "qa")).toThrow(/neither a file nor a commit.*git fetch/);
    },
  );

  it("is named when it is not valid", () => {
    write("bad.yaml", "config: {ovb:lab: X}\n");
    expect(() => basePlan("bad.yaml", folder, "qa")).toThrow(
      /--against bad\.yaml: .*1 problem:\n {2}- ovb:lab "X"/,
    );
  });
});

describe("ovb plan --against", () => {
  const plan = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [ovb, "plan", "--stack", "qa", ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder },
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  };

  it("shows what changes, offline", () => {
    const { status, stdout } = plan("--format", "markdown", "--against", "main");
    expect(status).toBe(0);
    expect(stdout).toContain("**Nodes added**: node-1 to node-2");
  });

  it("wants a format that can show it", () => {
    expect(plan("--against", "main")).toEqual({
      ...{ status: 2, stdout: "" },
      stderr: expect.stringContaining("--format markdown or json"),
    });
  });
});
