import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { main } from "../../../../cli/main";
import { readStackConfig, type StackConfigRequest } from "../../../../cli/stack/stackConfig";

const ovb = join(__dirname, "..", "..", "..", "..", "cli", "ovb.mjs");
const project = "name: ovb\nruntime: nodejs\n";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ovb-plan-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function files(contents: Record<string, string>): void {
  for (const [name, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** The real command, with nothing in its environment that leads to a cloud or to Pulumi. */
function run(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [ovb, ...args, "--project", "."], {
    cwd: folder,
    env: { PATH: dirname(process.execPath), HOME: folder, PULUMI_HOME: join(folder, ".pulumi"), ...env },
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

function read(request: Partial<StackConfigRequest> = {}) {
  return readStackConfig({ folder, env: { HOME: folder }, ...request });
}

describe("ovb plan", () => {
  it("shows the plan offline, without Pulumi's packages or a cloud's client", () => {
    files({
      "Pulumi.yaml": project,
      "Pulumi.qa.yaml": "config:\n  ovb:lab: mine\n",
      "refuse.cjs": `const { Module } = require("node:module");
const load = Module._load;
Module._load = function (name, ...rest) {
  if (/@pulumi|openstack/.test(name)) throw new Error("loaded " + name);
  return load.call(this, name, ...rest);
};`,
    });
    const { stdout, ...rest } = run(["plan"], { NODE_OPTIONS: `--require ${join(folder, "refuse.cjs")}` });
    expect(rest).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^Lab mine: an undercloud, a BMC and 2 baremetal nodes/);
  });

  it("writes JSON alone to stdout, and never what is encrypted", () => {
    files({
      "Pulumi.yaml": project,
      "Pulumi.qa.yaml":
        "encryptionsalt: v1:SALT\nenvironment: [shared]\nconfig:\n  ovb:publicNetwork: {secure: v1:CIPHER}\n  ovb:undercloud: {image: {secure: v1:CIPHER}}\n",
    });
    const { status, stdout, stderr } = run(["plan", "-f", "json"]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      publicNetwork: "[secret]",
      undercloud: { image: "[secret]" },
    });
    expect(stdout + stderr).not.toMatch(/CIPHER|SALT/);
    expect(stderr.split("\n")).toEqual([
      expect.stringMatching(/^ovb:publicNetwork is encrypted/),
      expect.stringMatching(/^ovb:undercloud\.image is encrypted/),
      expect.stringMatching(/imports Pulumi environments/),
      "",
    ]);
  });

  it("takes the secrets that the docs name, wherever they stand, as given", () => {
    files({
      "Pulumi.yaml": project,
      "Pulumi.qa.yaml":
        "config:\n  ovb:bmc: {credential: {id: abc, secret: {secure: v1:CIPHER}}}\n  ovb:undercloud: {ironic: {password: {secure: v1:CIPHER}, kernel: {url: {secure: v1:CIPHER}, sha256: {secure: v1:CIPHER}}}}\n",
    });
    const { status, stdout, stderr } = run(["plan", "-f", "json"]);
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      bmc: { credential: "given" },
      undercloud: { ironic: { passwordFrom: "user", kernel: {} } },
    });
    files({ "Pulumi.qa.yaml": "config:\n  ovb:nodes: {secure: v1:CIPHER}\n  ovb:ctlplane: {mtu: 10}\n" });
    const refused = run(["plan"]);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/has 1 problem.*\n.*ovb:ctlplane\.mtu 10/);
  });

  it("draws it as svg and html, offline, and a change of it too", () => {
    files({
      "Pulumi.yaml": project,
      "Pulumi.qa.yaml": "config:\n  ovb:lab: mine\n",
      "base.yaml": "config:\n  ovb:lab: mine\n  ovb:nodes: [{count: 1}]\n",
    });
    const svg = run(["plan", "-f", "svg"]);
    expect(svg).toMatchObject({ status: 0, stderr: "" });
    expect(svg.stdout).toMatch(
      /^<svg xmlns[^>]*>\n<title[^>]*>Lab mine: an undercloud, a BMC and 2 baremetal nodes,.*<\/svg>\n$/s,
    );
    const html = run(["plan", "-f", "html", "--against", "base.yaml"]);
    expect(html).toMatchObject({ status: 0, stderr: "" });
    expect(html.stdout).toMatch(/^<!doctype html>.*Lab mine: 2 created.*<\/html>\n$/s);
    expect(run(["plan", "--against", "base.yaml"]).stdout).toMatch(/^### Lab mine: 2 created/);
    const wrong = run(["plan", "-f", "png"]);
    expect(wrong.status).not.toBe(0);
    expect(wrong.stderr).toMatch(
      /Allowed choices are text, json, markdown, mermaid, svg, html, undercloud\.conf/,
    );
    expect(run(["plan", "-f", "text", "--against", "base.yaml"]).stderr).toMatch(
      /--against needs --format markdown or mermaid or json or svg or html/,
    );
  });

  it("names every mistake at once on stderr, with status 1 and no stack trace", () => {
    files({
      "Pulumi.yaml": project,
      "Pulumi.qa.yaml": "config:\n  ovb:lab: My_Lab\n  ovb:nodes: [{count: 21}]\n  ovb:nods: []\n",
    });
    const { status, stdout, stderr } = run(["plan"]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain("has 3 problems");
    for (const key of ['ovb:lab "My_Lab": ', "ovb:nods []: ", "ovb:nodes[0].count 21: "]) {
      expect(stderr).toContain(`\n  - ${key}`);
    }
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it("answers a missing file with status 1", () => {
    expect(run(["plan"])).toEqual({
      status: 1,
      stdout: "",
      stderr: `No Pulumi.yaml in ${folder} or above it: run ovb in the project's folder.\n`,
    });
  });
});

describe("a stack's configuration", () => {
  it("is Pulumi.yaml's values, then the stack's, as a program would see them", () => {
    files({
      "Pulumi.yaml": `${project}config:\n  ovb:publicNetwork: ext\n  ovb:bootScript: {type: string, default: inspector.ipxe}\n  lab: {value: own}\n`,
      "Pulumi.qa.yaml": `config:\n  ovb:publicNetwork: 1234\n  ovb:nodes: '[{"count": 1}]'\n  openstack:cloud: other\n`,
    });
    expect(read()).toEqual({
      ...{ stack: "qa", folder },
      config: { publicNetwork: "1234", bootScript: "inspector.ipxe", lab: "own", nodes: [{ count: 1 }] },
      unknown: [],
      notes: [],
    });
  });

  it("is that of --stack, PULUMI_STACK, the selected stack, the only one, or dev, in this order", () => {
    files({ "Pulumi.yaml": project, "Pulumi.a.yaml": "" });
    expect(read().stack).toBe("a");
    files({ "Pulumi.b.yaml": "", "Pulumi.dev.yaml": "" });
    expect(read().stack).toBe("dev");
    const hash = createHash("sha1").update(join(folder, "Pulumi.yaml")).digest("hex");
    files({ [`.pulumi/workspaces/ovb-${hash}-workspace.json`]: '{"stack": "organization/ovb/b"}' });
    expect(read().stack).toBe("b");
    const env = { HOME: folder, PULUMI_STACK: "a" };
    expect(read({ env }).stack).toBe("a");
    expect(read({ env, stack: "dev" }).stack).toBe("dev");
  });

  it("may be in --config-file or a stackConfigDir, and is found from below", () => {
    files({
      "Pulumi.yaml": `${project}stackConfigDir: stacks\n`,
      "stacks/Pulumi.qa.yaml": "config: {ovb:lab: in-stacks}\n",
      "sub/other.yaml": "config: {ovb:lab: other}\n",
    });
    expect(read().config).toEqual({ lab: "in-stacks" });
    const below = join(folder, "sub");
    expect(read({ folder: below, configFile: "other.yaml" }).config).toEqual({ lab: "other" });
  });

  it("that is missing is named, with those that are there", () => {
    files({ "Pulumi.yaml": project, "Pulumi.a.yaml": "", "Pulumi.b.yaml": "" });
    expect(read).toThrow(/Stack dev has no .*Pulumi\.dev\.yaml: --stack may be a, b; or copy/);
    expect(() => read({ configFile: "none.yaml" })).toThrow(/none\.yaml does not exist/);
  });

  it("that is no YAML is named by line and column, both files at once, and not quoted", () => {
    files({ "Pulumi.yaml": `${project}config: [\n`, "Pulumi.qa.yaml": "config:\n  ovb:lab: 'hidden\n" });
    expect(read).toThrow(/Pulumi\.yaml:4:1: .*\n(.*\n)*.*Pulumi\.qa\.yaml:3:1: /);
    expect(read).not.toThrow(/hidden/);
    files({ "Pulumi.yaml": project, "Pulumi.qa.yaml": "- a\n" });
    expect(read).toThrow(/Pulumi\.qa\.yaml:1:1: must be a map/);
    files({ "Pulumi.qa.yaml": "config: [a]\n" });
    expect(read).toThrow(/Pulumi\.qa\.yaml: config must be a map/);
  });
});

describe("ovb", () => {
  const told = async (args: readonly string[]) => {
    const texts = { stdout: "", stderr: "" };
    const spies = (["stdout", "stderr"] as const).map((stream) =>
      vi.spyOn(process[stream], "write").mockImplementation((text) => {
        texts[stream] += text;
        return true;
      }),
    );
    const status = await main(args);
    for (const spy of spies) spy.mockRestore();
    return { status, ...texts };
  };

  it.each([
    [["plan", "--fromat", "json"], /unknown option '--fromat'\n\(Did you mean --format\?\)/],
    [["plan", "--format", "xml"], /Allowed choices are text, json, markdown, mermaid/],
    [["plan", "surplus"], /too many arguments/],
    [["pln"], /unknown command 'pln'\n\(Did you mean plan\?\)/],
    [[], /^Usage: ovb /],
  ])("answers wrong usage with 2 and what would have been right: %j", async (args, message) => {
    expect(await told(args)).toEqual({ status: 2, stdout: "", stderr: expect.stringMatching(message) });
  });

  it.each([
    [["--help"], /^Usage: ovb \[/],
    [["plan", "--help"], /^Usage: ovb plan \[/],
    [["help", "plan"], /^Usage: ovb plan \[/],
    [["--version"], /^\d+\.\d+\.\d+\n$/],
  ])("answers %j with 0", async (args, message) => {
    expect(await told(args)).toEqual({ status: 0, stderr: "", stdout: expect.stringMatching(message) });
  });
});
