import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findPulumiOnPath } from "../../../toolchain/pulumiOnPath";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ovb-path-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const script = (name: string, text: string) =>
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });

/** A `pulumi` that writes down what it was asked, and knows the plugins it is given. */
function fakePulumi(options: { version?: string; plugins?: object[]; install?: string }) {
  const { version = "v3.250.0", plugins = [], install = "exit 0" } = options;
  script(
    "pulumi",
    `echo "$*" >> ${folder}/asked
case "$1 $2" in
"version ") echo ${version} ;;
"plugin ls") echo '${JSON.stringify(plugins)}' ;;
"plugin install") ${install} ;;
esac`,
  );
}

const openstack = (version: string) => ({ name: "openstack", kind: "resource", version });
const asked = () => readFileSync(join(folder, "asked"), "utf8").trim().split("\n");
const lines: string[] = [];
const find = (
  signal = new AbortController().signal,
  environment: NodeJS.ProcessEnv = { PATH: `${folder}:/usr/bin:/bin` },
) => findPulumiOnPath({ pluginVersion: "3.15.2", environment, report: (line) => lines.push(line), signal });

test("no pulumi: nothing to say", async () => {
  expect(await find(undefined, { PATH: folder })).toBeUndefined();
});

test("one with language host and plugin is used, and nothing is installed", async () => {
  fakePulumi({ plugins: [openstack("3.14.0"), openstack("3.15.2")] });
  script("pulumi-language-nodejs", "");
  expect(await find()).toEqual({ version: "3.250.0" });
  expect(asked()).toEqual(["version", "plugin ls --json"]);
});

test("the plugin is installed when it is another version that is there", async () => {
  fakePulumi({ plugins: [openstack("3.14.0")] });
  script("pulumi-language-nodejs", "");
  expect(await find()).toEqual({ version: "3.250.0" });
  expect(asked().at(-1)).toBe("plugin install resource openstack v3.15.2");
});

test("a plugin that can't be installed is the reason, in pulumi's own words", async () => {
  fakePulumi({ install: "echo 'error: could not resolve host' >&2; exit 255" });
  script("pulumi-language-nodejs", "");
  expect(await find()).toEqual({
    reason: `${folder}/pulumi has no OpenStack plugin 3.15.2: error: could not resolve host`,
  });
});

test("one that does not run is the reason", async () => {
  script("pulumi", "echo 'cannot execute binary file' >&2; exit 126");
  expect(await find()).toEqual({ reason: `${folder}/pulumi does not run: cannot execute binary file` });
});

test.each(["2.250.2", "3.206.0", "4.0.0", "unknown"])("version %s is not used", async (version) => {
  fakePulumi({ version: `v${version}` });
  const reason = `${folder}/pulumi is version ${version}, not 3.212 or a later 3.x`;
  expect(await find()).toEqual({ reason });
});

test("one without the Node.js language host is not used", async () => {
  fakePulumi({ plugins: [openstack("3.15.2")] });
  const reason = `${folder}/pulumi has no pulumi-language-nodejs beside it or on PATH`;
  expect(await find()).toEqual({ reason });
});

test("our own build in the cache is not mistaken for the user's", async () => {
  const before = process.env.XDG_CACHE_HOME;
  process.env.XDG_CACHE_HOME = folder;
  try {
    const bin = join(folder, "ovb", "pulumi-abc", "bin");
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, "pulumi"), "#!/bin/sh\necho v3.246.0\n", { mode: 0o755 });
    expect(await find(undefined, { PATH: bin })).toBeUndefined();
  } finally {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
  }
});

test("an abort is not an answer", async () => {
  script("pulumi", "exec sleep 30");
  const interrupted = new AbortController();
  const finding = find(interrupted.signal);
  interrupted.abort(new Error("stop it"));
  await expect(finding).rejects.toThrow("stop it");
});
