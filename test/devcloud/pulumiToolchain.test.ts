import { accessSync, constants, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { formerPluginVersions, openstackPluginVersion } from "../../openstack/plugin";
import { findBuiltToolchain } from "../../toolchain/builtToolchain";
import { findGo } from "../../toolchain/go";
import { ensurePulumi } from "../../toolchain/toolchain";

let folder: string;
let lines: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ovb-toolchain-"));
  lines = [];
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function installPulumi(plugin: string) {
  const listed = JSON.stringify([{ name: "openstack", kind: "resource", version: plugin }]);
  const script = `case "$1 $2" in "version ") echo v3.250.0 ;; "plugin ls") echo '${listed}' ;; *) echo no network >&2; exit 1 ;; esac`;
  writeFileSync(join(folder, "pulumi"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  writeFileSync(join(folder, "pulumi-language-nodejs"), "", { mode: 0o755 });
}

const ensure = () =>
  ensurePulumi({ report: (line) => lines.push(line), signal: new AbortController().signal });

test("the user's Pulumi is used as it is: their PATH, their PULUMI_HOME", async () => {
  installPulumi(openstackPluginVersion);
  vi.stubEnv("PATH", `${folder}:/usr/bin:/bin`);
  expect(await ensure()).toEqual({
    origin: "path",
    pulumiVersion: "3.250.0",
    env: { PULUMI_SKIP_UPDATE_CHECK: "true", PULUMI_NODEJS_TRANSPILE_ONLY: "true" },
  });
  expect(lines).toEqual([]);
});

test("a built Pulumi brings its own home and leaves the user's logins visible, also when asked twice", async ({
  skip,
}) => {
  // The build that ensurePulumi would take: with another Go it would start to build, which no unit test may.
  const go = await findGo(join(__dirname, "..", "..", "toolchain", "cli")).catch(() => undefined);
  const built = findBuiltToolchain(go?.version);
  if (!built) return skip("no built Pulumi for these sources in the cache (npm run devcloud -- prepare)");
  const path = `${go ? dirname(go.command) : "/bin"}:/usr/bin:/bin`;
  vi.stubEnv("PATH", path);
  vi.stubEnv("PULUMI_CREDENTIALS_PATH", "");
  vi.stubEnv("PULUMI_HOME", "/users/own");
  const first = await ensure();
  expect(first).toMatchObject({ origin: "built", pulumiVersion: "3.246.0" });
  expect(first.env).toMatchObject({
    PATH: `${built.bin}:${path}`,
    PULUMI_HOME: built.home,
    PULUMI_CREDENTIALS_PATH: "/users/own",
  });
  for (const [name, value] of Object.entries(first.env)) vi.stubEnv(name, value);
  expect(await ensure()).toEqual(first);
});

test("the built home has the plugin under its own release and those of labs made before", ({ skip }) => {
  const built = findBuiltToolchain();
  if (!built) return skip("no built Pulumi for these sources in the cache (npm run devcloud -- prepare)");
  const plugins = join(built.home, "plugins");
  const folders = [...formerPluginVersions, openstackPluginVersion].map((v) => `resource-openstack-v${v}`);
  expect(readdirSync(plugins).sort()).toEqual(folders.sort());
  for (const name of folders) accessSync(join(plugins, name, "pulumi-resource-openstack"), constants.X_OK);
});
