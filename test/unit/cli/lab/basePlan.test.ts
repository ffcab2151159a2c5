import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { basePlan } from "../../../../cli/lab/basePlan";

const ovb = join(__dirname, "..", "..", "..", "..", "cli", "ovb.mjs");

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
    expect(nodes(join(folder, "Pulumi.qa.yaml"))).toBe(3);
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
    expect(() => basePlan(join(folder, "bad.yaml"), folder, "qa")).toThrow(
      /--against .*bad\.yaml: .*1 problem:\n {2}- ovb:lab "X"/,
    );
  });
});

describe("ovb plan --against", () => {
  const plan = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [ovb, "plan", "--stack", "qa", "--project", ".", ...args],
      {
        cwd: folder,
        env: { PATH: process.env.PATH, HOME: folder },
        encoding: "utf8",
      },
    );
    return { status, stdout, stderr };
  };

  it("shows what changes, offline", () => {
    const { status, stdout } = plan("--format", "markdown", "--against", "main");
    expect(status).toBe(0);
    expect(stdout).toContain("**Nodes added**: node-1 to node-2");
  });

  it("wants a format that can show it", () => {
    expect(plan("--against", "main", "--format", "text")).toEqual({
      ...{ status: 2, stdout: "" },
      stderr: expect.stringContaining("--against needs --format markdown or "),
    });
  });
});

describe("a changed file of the user's user data", () => {
  const custom = (more = "") =>
    write("Pulumi.own.yaml", `config: {ovb:undercloud: {kind: custom, userDataFile: mine.sh}${more}}\n`);
  const against = (...args: string[]) => {
    const options = ["--stack", "own", "--project", ".", "--against", "HEAD", "--format", "json", ...args];
    const { status, stdout, stderr } = spawnSync(process.execPath, [ovb, "plan", ...options], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder },
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  };
  beforeAll(() => {
    custom();
    write("mine.sh", "#!/bin/sh\necho one\n");
    git("add", ".");
    git("-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "-q", "-m", "own");
  });

  it("shows as what replaces the undercloud, and its text does not", () => {
    expect(against().stdout).not.toContain("ovb-own-undercloud");
    write("mine.sh", "#!/bin/sh\necho hunter2\n");
    const { status, stdout } = against();
    expect(status).toBe(0);
    expect(stdout).toContain('"ovb-own-undercloud"');
    expect(stdout).toMatch(/"field": "user data",\s+"hidden": true/);
    expect(stdout).not.toMatch(/hunter2|echo one/);
  });

  it("counts where Nova's limit is checked, and its text is not in the plan's JSON", () => {
    const plan = () =>
      spawnSync(process.execPath, [ovb, "plan", "--stack", "own", "--project", ".", "--format", "json"], {
        cwd: folder,
        env: { PATH: process.env.PATH, HOME: folder },
        encoding: "utf8",
      });
    write("mine.sh", "#!/bin/sh\necho hunter2\n");
    const { stdout } = plan();
    expect(JSON.parse(stdout).undercloud.custom.userData).toMatch(
      /^\[secret, \d+ bytes, sha256:[0-9a-f]{64}\]$/,
    );
    expect(stdout).not.toContain("hunter2");
    write("mine.sh", `#!/bin/sh\n# ${"x".repeat(60_000)}\n`);
    expect(plan().stderr).toMatch(/has 8\d{4} characters of user data in base64, more than Nova's 65535/);
  });

  it("that git does not keep is taken as it is now, and that is said", () => {
    write("Pulumi.own.yaml", "config: {ovb:undercloud: {kind: custom, userDataFile: other.sh}}\n");
    write("other.sh", "#!/bin/sh\n");
    git("add", "Pulumi.own.yaml");
    git("-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "-q", "-m", "other");
    const { status, stderr } = against();
    expect(status).toBe(0);
    expect(stderr).toMatch(/other\.sh is not in HEAD: it is taken as it is now/);
    custom();
  });

  it("that is not there, or is no file, is one problem among the others", () => {
    write(
      "bad.yaml",
      "config: {ovb:undercloud: {kind: custom, userDataFile: /dev/zero}, ovb:colour: blue}\n",
    );
    const { status, stderr } = against("--config-file", join(folder, "bad.yaml"));
    expect(status).toBe(1);
    expect(stderr).toMatch(/has 2 problems(.|\n)*userDataFile: \/dev\/zero is no file(.|\n)*ovb:colour/);
  });
});
