import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";

const project = join(__dirname, "..", "..");
const github = join(project, ".github");

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Record<string, unknown>;
}

interface Workflow {
  readonly permissions: unknown;
  readonly concurrency: { readonly group: string };
  readonly defaults: { readonly run: { readonly shell: string } };
  readonly jobs: Record<
    string,
    { readonly steps: readonly Step[]; readonly permissions: unknown; readonly "timeout-minutes": number }
  >;
}

const files = readdirSync(join(github, "workflows"));
const texts = new Map(files.map((file) => [file, readFileSync(join(github, "workflows", file), "utf8")]));
const workflows = new Map([...texts].map(([file, text]) => [file, parse(text) as Workflow]));
const prepare = parse(readFileSync(join(github, "actions", "prepare", "action.yml"), "utf8")) as {
  runs: { steps: readonly Step[] };
};
const stepsOf = (file: string) => Object.values(workflows.get(file)!.jobs).flatMap((job) => job.steps);

/** On the PATH, or where .ci/run installs it. Tests fetch nothing. */
const actionlintVersion = "1.7.7";
const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
const installed = join(cache, "ovb", `actionlint-${actionlintVersion}`, "actionlint");
const actionlint = [
  installed,
  ...(process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "actionlint")),
].find(existsSync);
const canLint = actionlint !== undefined || process.env.CI === "true"; // CI skips nothing

describe("the workflows", () => {
  it.skipIf(!canLint)(
    `pass actionlint${canLint ? "" : ` (skipped: neither on the PATH nor ${installed}; .ci/run says how)`}`,
    { timeout: 600_000 },
    () => {
      const { status, stdout, error } = spawnSync(
        actionlint ?? installed,
        ["-shellcheck=", "-pyflakes=", ...files.map((file) => join(github, "workflows", file))],
        { encoding: "utf8", cwd: project },
      );
      expect({ status, stdout, error }).toEqual({ status: 0, stdout: "", error: undefined });
    },
  );

  it("are linted in CI by the version that the test looks for", () => {
    expect(readFileSync(join(project, ".ci", "run"), "utf8")).toContain(`actionlint=${actionlintVersion}\n`);
  });

  it.each(files)("%s pins what it uses, may do nothing by default, and waits for its like", (file) => {
    const { permissions, concurrency, defaults, jobs } = workflows.get(file)!;
    expect(permissions).toEqual({});
    expect(concurrency.group).toMatch(/^[a-z]/);
    expect(defaults.run.shell).toBe("bash");
    for (const job of Object.values(jobs)) {
      expect(job.permissions).toMatchObject({ contents: "read" });
      expect(job["timeout-minutes"]).toBeGreaterThan(0);
    }
    for (const { uses } of [...stepsOf(file), ...prepare.runs.steps])
      if (uses) expect(uses).toMatch(/^\.\/\.github\/actions\/prepare$|@[0-9a-f]{40}$/);
    // With its version, for people and for bots that renew it.
    for (const line of texts
      .get(file)!
      .split("\n")
      .filter((text) => /uses: [^.]/.test(text)))
      expect(line).toMatch(/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it("never put an expression into a script: what a stranger names a branch would be run", () => {
    for (const step of [...files.flatMap(stepsOf), ...prepare.runs.steps])
      expect(step.run ?? "").not.toContain("${{");
  });

  it("with a stranger's pull request and a token that writes, run nothing of it", () => {
    for (const [file, text] of texts) {
      if (!text.includes("pull_request_target")) continue;
      expect(file).toBe("plan.yml");
      const checkouts = stepsOf(file).filter(({ uses }) => uses?.startsWith("actions/checkout@"));
      expect(checkouts.map((step) => step.with)).toEqual([{ "persist-credentials": false }]); // the base, no ref
      expect(text).not.toContain("secrets.");
    }
  });
});

describe("their shell steps", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ovb-workflow-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeEach(() => {
    rmSync(folder, { recursive: true });
    mkdirSync(join(folder, "bin"), { recursive: true });
    writeFileSync(join(folder, "Pulumi.dev.yaml"), "config: {}\n");
  });

  /** A program on PATH that notes how it was called, then does this. */
  function standIn(name: string, script = ""): void {
    const file = join(folder, "bin", name);
    writeFileSync(
      file,
      `#!/bin/bash\n{ echo -n ${name}; printf ' %s' "$@"; echo; } >> "$CALLS"\n${script}\n`,
    );
    chmodSync(file, 0o755);
  }

  /** Runs a step as the runner does. */
  function run(step: Step, env: Record<string, string> = {}) {
    const calls = join(folder, "calls");
    writeFileSync(calls, "");
    const { status, stdout, stderr } = spawnSync(
      "bash",
      ["--noprofile", "--norc", "-eo", "pipefail", "-c", step.run!],
      {
        cwd: folder,
        env: {
          ...{ PATH: `${join(folder, "bin")}:/usr/bin:/bin`, CALLS: calls, RUNNER_TEMP: folder },
          ...{
            GITHUB_STEP_SUMMARY: join(folder, "summary"),
            GITHUB_REPOSITORY: "me/lab",
            STACK: "dev",
            NUMBER: "7",
            ...env,
          },
        },
        encoding: "utf8",
      },
    );
    return { status, stdout, stderr, calls: readFileSync(calls, "utf8").trimEnd().split("\n") };
  }

  const text = (file: string) => readFileSync(join(folder, file), "utf8");
  const step = (file: string, name: string) => stepsOf(file).find((candidate) => candidate.name === name)!;

  it("plan: reads the configuration as data, plans against the base and comments once", () => {
    standIn("npm");
    standIn("npx", 'echo "### Lab: 1 created"');
    standIn("gh", 'case "$*" in *contents*) echo "config: {}";; *--paginate*) echo 41; echo 42;; esac');
    const read = run(step("plan.yml", "Read the pull request's configuration"));
    expect(read.status).toBe(0);
    expect(read.calls[0]).toContain("repos/me/lab/contents/Pulumi.dev.yaml?ref=refs/pull/7/head");
    expect(text("head.yaml")).toBe("config: {}\n");
    const plan = run(step("plan.yml", "Plan"));
    expect(plan.calls[1]).toBe(
      `npx ovb plan --stack dev --config-file ${folder}/head.yaml --format markdown --against HEAD`,
    );
    expect(plan.calls[2]).toBe(
      `npx ovb plan --stack dev --config-file ${folder}/head.yaml --format html --against HEAD`,
    );
    expect(text("lab-7.html")).toBe("### Lab: 1 created\n");
    expect(text("comment.md")).toBe("<!-- ovb plan -->\n### Lab: 1 created\n");
    expect(text("summary")).toBe(text("comment.md"));
    const comment = step("plan.yml", "Comment, in place of the earlier one");
    expect(run(comment, { PICTURE: "" }).status).toBe(0);
    expect(text("comment.md")).not.toContain("picture");
    expect(run(comment, { PICTURE: "https://github.com/me/lab/actions/runs/1/artifacts/2" }).status).toBe(0);
    expect(text("comment.md")).toMatch(
      /\n\n\[The picture, .*\]\(https:\/\/github\.com\/me\/lab\/actions\/runs\/1\/artifacts\/2\)\n$/,
    );
    expect(run(comment).calls.at(-1)).toMatch(
      /--method PATCH repos\/me\/lab\/issues\/comments\/41 -F body=@/,
    );
    standIn("gh");
    expect(run(comment).calls.at(-1)).toMatch(/--method POST repos\/me\/lab\/issues\/7\/comments -F body=@/);
    standIn("gh", "exit 1");
    expect(run(comment).status).not.toBe(0);
  });

  it("plan: the real command's mistakes are in the comment, as text", () => {
    standIn("npm");
    standIn("npx", `shift; exec ${process.execPath} ${join(project, "cli", "ovb.mjs")} "$@"`);
    writeFileSync(join(folder, "Pulumi.yaml"), "name: ovb\nruntime: nodejs\n");
    writeFileSync(join(folder, "head.yaml"), "config: {ovb:lab: '```X'}\n");
    expect(run(step("plan.yml", "Plan")).status).toBe(0);
    expect(text("comment.md")).toMatch(/cannot be planned\n {4}The lab's configuration has 1 problem/);
    expect(text("comment.md")).toMatch(/^ {6}- ovb:lab "```X"/m);
    expect(existsSync(join(folder, "lab-7.html"))).toBe(false);
  });

  it("lab: configures a stack of its own, and sweeps after the destroy", () => {
    standIn("npx");
    expect(run(step("lab.yml", "Configure"), { STACK: "pr-7" }).status).toBe(0);
    expect(text("Pulumi.pr-7.yaml")).toBe("config: {}\n");
    const { calls } = run(step("lab.yml", "Remove what an update that was cut off has left"), {
      STACK: "pr-7",
    });
    expect(calls).toEqual(["npx ovb sweep --lab ovb-pr-7 --yes"]);
    expect(texts.get("lab.yml")).toContain("ovb:lab: {value: ovb-pr-${{ github.event.number }}}");
  });

  it("sweep: looks only when asked to, and fails when the sweep does", () => {
    standIn("npm");
    standIn("npx", 'echo swept; exit "${STATUS:-0}"');
    const sweep = step("sweep.yml", "Sweep");
    expect(run(sweep, { LOOK: "" }).calls.at(-1)).toBe("npx ovb sweep --expired --yes");
    expect(run(sweep, { LOOK: "true" }).calls.at(-1)).toBe("npx ovb sweep --expired --dry-run");
    expect(text("summary")).toBe("swept\nswept\n");
    expect(run(sweep, { LOOK: "", STATUS: "1" }).status).toBe(1);
  });

  it("prepare: installs what the images are built from", () => {
    standIn("npm");
    standIn("sudo");
    const { status, calls } = run(prepare.runs.steps.find((one) => one.name === "Install")!);
    expect(status).toBe(0);
    expect(calls[0]).toBe("npm ci --no-audit --no-fund");
    expect(calls[2]).toMatch(
      /apt-get install .* ipxe syslinux syslinux-common isolinux mtools dosfstools fdisk qemu-utils xorriso$/,
    );
  });

  it("none is left out", () => {
    const named = [...files.flatMap(stepsOf), ...prepare.runs.steps]
      .filter((one) => one.run)
      .map((one) => one.name);
    expect(new Set(named)).toEqual(
      new Set([
        "Read the pull request's configuration",
        "Plan",
        "Comment, in place of the earlier one",
        "Configure",
        "Remove what an update that was cut off has left",
        "Sweep",
        "Install",
      ]),
    );
  });
});
