import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fetches } from "../../../../cli/lab/firstBoot";
import { isListed, LabStack } from "../../../../cli/stack/labStack";

let root: string;
let calls: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "ovb-stack-"));
  calls = join(root, "calls");
  const bin = join(root, "bin");
  mkdirSync(bin);
  mkdirSync(join(root, "home"));
  // Stands in for the CLI: notes its arguments and the variables that matter, prints JSON as `stack output` does.
  const script = `#!/bin/sh
echo "$PULUMI_STACK$PULUMI_BACKEND_URL|$PULUMI_CONFIG_PASSPHRASE_FILE|$PULUMI_ACCESS_TOKEN|$*" >>${calls}
for last; do :; done
case "$*" in
"config set "*) printf 'encryptionsalt: v1:SALT\\nconfig:\\n  ovb:new: true\\n' >"$last" ;;
"config set-all"*) printf 'encryptionsalt: v1:SALT\\nconfig:\\n  ovb:new:\\n    secure: v1:CIPHER\\n' >"$last" ;;
*"stack ls"*) echo '[{"name": "theirs"}]' ;; *) echo '{"a": 1}' ;; esac
`;
  writeFileSync(join(bin, "pulumi"), script);
  chmodSync(join(bin, "pulumi"), 0o755);
  mkdirSync(join(root, "project"));
  writeFileSync(join(root, "project", "Pulumi.yaml"), "name: ovb\nruntime: nodejs\n");
  writeFileSync(join(root, "project", "Pulumi.dev.yaml"), "config: {}\n");
});

afterEach(() => rmSync(root, { recursive: true }));

function stack(env: NodeJS.ProcessEnv, forced: boolean, name = "dev"): LabStack {
  const path = `${join(root, "bin")}${delimiter}${process.env.PATH}`;
  const file = join(root, "project", "Pulumi.dev.yaml");
  const all = { PATH: path, PULUMI_HOME: join(root, "home"), ...env };
  return new LabStack(join(root, "project"), name, file, join(root, "state"), all, forced);
}

function called(): string[] {
  return readFileSync(calls, "utf8").trim().split("\n");
}

test("state of ours: stack commands run in a stand-in folder, the others get a copy of the configuration", async () => {
  const lab = stack({ PULUMI_ACCESS_TOKEN: "theirs" }, true);
  await lab.prepare();
  await lab.pulumi(["up", "--yes"], { output: "capture" });
  expect(await lab.outputs()).toEqual({ a: 1 });
  const state = join(root, "state");
  const ours = `file://${state}/backend?metadata=skip|${state}/passphrase||`;
  const copy = join(state, "project", "Pulumi.dev.yaml");
  expect(called()).toEqual([
    `${ours}-C ${state}/project stack select dev --create --secrets-provider passphrase --non-interactive`,
    `${ours}up --yes --stack dev --config-file ${copy}`,
    `${ours}-C ${state}/project stack output --json --show-secrets --stack dev`,
  ]);
  expect(existsSync(copy)).toBe(true);
});

test("the passphrase is random, kept, and readable by its owner alone", async () => {
  const lab = stack({}, true);
  await lab.prepare();
  const file = join(root, "state", "passphrase");
  const first = readFileSync(file, "utf8");
  expect(first.length).toBeGreaterThanOrEqual(43); // 32 bytes in base64url
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(root, "state", "backend")).mode & 0o777).toBe(0o700);
  await lab.prepare();
  expect(readFileSync(file, "utf8")).toBe(first);
  expect(called().join()).not.toContain(first);
});

test("a backend of the user's is used as it is", async () => {
  const lab = stack({ PULUMI_BACKEND_URL: "s3://theirs" }, false);
  expect(lab.backend).toBeUndefined();
  await lab.prepare();
  await lab.pulumi(["stack", "output"], { output: "capture" });
  expect(called()).toEqual([
    "s3://theirs|||stack ls --json",
    "s3://theirs|||stack init dev --no-select --non-interactive",
    "s3://theirs|||stack output --stack dev",
  ]);
  expect(existsSync(join(root, "state"))).toBe(false);
});

test("no stack of the user's backend is selected: the next command's is the user's choice", async () => {
  const env = { PULUMI_BACKEND_URL: "s3://theirs", PULUMI_STACK: "other" };
  const lab = stack(env, false, "org/ovb/theirs");
  await lab.prepare();
  await lab.pulumi(["stack", "export"], { output: "capture" });
  expect(called()).toEqual([
    "s3://theirs|||stack ls --json",
    "s3://theirs|||stack export --stack org/ovb/theirs",
  ]);
});

test("a login counts as a backend of the user's", () => {
  writeFileSync(join(root, "home", "credentials.json"), JSON.stringify({ current: "https://example.org" }));
  expect(stack({}, false).backend).toBeUndefined();
  expect(stack({}, true).backend).toBeDefined();
});

test("a node's fetches are counted by address, script and success", () => {
  const log = [
    '[   60.1] python3[1]: 192.0.2.10 - - [21/Nov/2026 02:00:00] "GET /boot.ipxe HTTP/1.1" 200 -',
    '192.0.2.10 - - [21/Nov/2026 02:00:01] "GET /boot.ipxe HTTP/1.1" 404 -',
    '192.0.2.10 - - [21/Nov/2026 02:00:02] "GET /inspector.ipxe HTTP/1.1" 200 -',
    '192.0.2.100 - - [21/Nov/2026 02:00:03] "GET /boot.ipxe HTTP/1.1" 200 -',
  ].join("\n");
  expect(fetches(log, { address: "192.0.2.10", bootScript: "boot.ipxe" })).toBe(1);
  expect(fetches(log, { address: "192.0.2.10", bootScript: "inspector.ipxe" })).toBe(1);
  expect(fetches(log, { address: "192.0.2.1", bootScript: "boot.ipxe" })).toBe(0);
});

test.each<[string, string[], boolean]>([
  ["dev", ["dev"], true],
  ["me/ovb/dev", ["dev"], true],
  ["acme/ovb/dev", ["acme/dev"], true],
  ["acme/ovb/dev", ["acme/ovb/dev"], true],
  ["dev", ["acme/dev", "two"], false],
  ["acme/ovb/dev", ["other/dev"], false],
])("the stack %s is among %s: %s", (stack, names, expected) => {
  expect(isListed(stack, names)).toBe(expected);
});

test("what a command of the user's writes into the configuration is in the user's file, a salt only with a secret", async () => {
  const lab = stack({}, true);
  const file = join(root, "project", "Pulumi.dev.yaml");
  await lab.prepare();
  expect(await lab.pulumiOfUser(["preview"], { output: "capture" })).toBe(false);
  expect(readFileSync(file, "utf8")).toBe("config: {}\n");
  expect(await lab.pulumiOfUser(["config", "set", "new", "true"], { output: "capture" })).toBe(true);
  expect(readFileSync(file, "utf8")).toBe("config:\n  ovb:new: true\n");
  await lab.pulumiOfUser(["config", "set-all", "--secret", "new=x"], { output: "capture" });
  expect(readFileSync(file, "utf8")).toMatch(/^encryptionsalt: v1:SALT\nconfig:\n {2}ovb:new:\n {4}secure:/);
  await lab.prepare(); // as the next command does
  expect(readFileSync(join(root, "state", "project", "Pulumi.dev.yaml"), "utf8")).toContain("CIPHER");
});
