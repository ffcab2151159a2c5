import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openstackPluginVersion } from "../../openstack/plugin";
import { findBuiltToolchain } from "../../toolchain/builtToolchain";
import { findGo, goEnvironment } from "../../toolchain/go";
import { MemoryCloud } from "../support/memoryCloud/cloud";
import { MemoryLab } from "../support/memoryCloud/lab";

// A user may have installed an @pulumi/openstack of the plugin's own release, which is not to be had here: so its sources are
// generated from the plugin's schema, and the program is compiled and run with them.
const project = join(__dirname, "..", "..");
const provider = join(project, "toolchain", "provider");
const built = findBuiltToolchain();
const skipped = "SKIPPED: no built Pulumi for these sources in the cache (npm run devcloud -- prepare)";
const run = promisify(execFile);

const folder = mkdtempSync(join(tmpdir(), "ovb-sdk-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A copy of the program, with this project's packages but another @pulumi/openstack, which is made in `sdk`. */
function copyProgram(): { program: string; sdk: string } {
  const program = join(folder, "program");
  for (const part of [
    "plan",
    "components",
    "program",
    "openstack",
    "process",
    "tenant",
    "images",
    "agent",
    "lab.ts",
    "index.ts",
    "package.json",
    "tsconfig.json",
    "Pulumi.yaml",
  ])
    cpSync(join(project, part), join(program, part), { recursive: true });
  const packages = join(project, "node_modules");
  const own = join(program, "node_modules");
  mkdirSync(join(own, "@pulumi"), { recursive: true });
  const link = (name: string) => symlinkSync(join(packages, name), join(own, name));
  for (const name of readdirSync(packages)) if (name !== "@pulumi") link(name);
  for (const name of readdirSync(join(packages, "@pulumi")))
    if (name !== "openstack") link(join("@pulumi", name));
  return { program, sdk: join(own, "@pulumi", "openstack") };
}

function compile(where: string, ...options: string[]): Promise<unknown> {
  const tsc = join(project, "node_modules", "typescript", "bin", "tsc");
  return run(process.execPath, [tsc, "-p", where, ...options]).catch(({ stdout }) => {
    throw new Error(`It does not compile in ${where}:\n${stdout}`);
  });
}

describe.skipIf(!built)(built ? "with an @pulumi/openstack of the plugin's own release" : skipped, () => {
  const { program, sdk } = copyProgram();

  beforeAll(async () => {
    const go = await findGo(provider);
    const sources = join(folder, "sdk");
    // The flags of the plugin's build, whose compiled packages are taken.
    const args = ["run", "-mod=readonly", "-trimpath", "./gensdk", built!.schema, sources];
    await run(go.command, args, { cwd: provider, env: goEnvironment(process.env) });
    symlinkSync(join(project, "node_modules"), join(folder, "node_modules"));
    // As it is published: JavaScript, its types and package.json. Its own tsconfig is for an older TypeScript.
    const now = ["--ignoreDeprecations", "6.0", "--types", "node", "--skipLibCheck"];
    await compile(sources, "--rootDir", sources, "--outDir", sdk, ...now);
    cpSync(join(sources, "package.json"), join(sdk, "package.json"));
  }, 1_200_000); // a Go that has built nothing yet compiles for minutes

  test("it is that release", async () => {
    const { stdout } = await run(
      process.execPath,
      ["-p", "JSON.stringify(require('./package.json').pulumi)"],
      {
        cwd: sdk,
      },
    );
    expect(JSON.parse(stdout)).toMatchObject({ name: "openstack", version: openstackPluginVersion });
  });

  test("the program compiles", async () => {
    await compile(program);
  });

  test("a lab made with the installed one is unchanged with it, and the other way round", async () => {
    const cloud = await MemoryCloud.start();
    const lab = new MemoryLab(cloud, built!);
    const newer = lab.withProgram(program);
    try {
      const { create } = await lab.up();
      expect(await newer.up()).toEqual({ same: create });
      expect(await lab.up()).toEqual({ same: create });
      expect(await newer.destroy()).toEqual({ delete: create });
      expect(await newer.up()).toEqual({ create });
      expect(await lab.destroy()).toEqual({ delete: create });
      expect(cloud.inventory).toEqual([]);
    } finally {
      lab.remove();
      await cloud.stop();
    }
  });
});
