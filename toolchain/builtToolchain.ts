import { createHash, randomUUID } from "node:crypto";
import { chmodSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { cp, mkdir, readdir, rename, rm, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { formerPluginVersions, openstackPluginVersion } from "../openstack/plugin";
import { isAlive } from "../process/alive";
import { cacheFolder } from "../process/folders";
import { run } from "../process/run";
import { findGo, type Go, goBuild } from "./go";
import { bundleLanguageHost, languageHostKey } from "./languageHostBundle";

/** What ./cli/go.mod pins. */
export const pulumiVersion = "3.246.0";

/** A finished build in the cache: `bin` for PATH, `home` for PULUMI_HOME, `schema` the plugin's schema. */
export interface BuiltToolchain {
  bin: string;
  home: string;
  schema: string;
}

// No symbol table, no paths of this machine: a third smaller, and the same bytes wherever it is built.
const commonFlags = ["-mod=readonly", "-trimpath"];
const stripFlags = "-s -w";
const versionFlag = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${pulumiVersion}`;
const pluginVersionFlag = `-X ovb/pulumi-resource-openstack/bridge.Version=${openstackPluginVersion}`;

/** The finished build for these sources, if the cache has one; any Go's, unless one is given. */
export function findBuiltToolchain(goVersion?: string): BuiltToolchain | undefined {
  const key = sourceKey();
  const everything = existsSync(cacheFolder()) ? readdirSync(cacheFolder()) : [];
  const finished = everything
    .filter((name) => (goVersion ? name === `pulumi-${key}-${goVersion}` : name.startsWith(`pulumi-${key}-`)))
    .sort();
  const name = finished.at(-1);
  return name === undefined ? undefined : layout(join(cacheFolder(), name));
}

/**
 * Builds the CLI and the plugin side by side and adds the language host, unless the cache has them. Modules and compiled
 * packages stay in Go's own caches, which Go shares between projects and `go clean` empties.
 */
export async function buildToolchain(options: {
  report: (line: string) => void;
  signal: AbortSignal;
}): Promise<BuiltToolchain> {
  const { report, signal } = options;
  let go: Go | undefined;
  try {
    go = await findGo(join(__dirname, "cli"));
  } catch (error) {
    // Without Go, what an earlier Go built from the same sources is as good.
    if (!findBuiltToolchain()) throw error;
  }
  let built = findBuiltToolchain(go?.version);
  if (!built && go) {
    await compile(go, join(cacheFolder(), `pulumi-${sourceKey()}-${go.version}`), report, signal);
    built = findBuiltToolchain(go.version);
  }
  if (!built)
    throw new Error(`${cacheFolder()} was changed while Pulumi was being built: run the command again.`);
  await refreshLanguageHost(built);
  return built;
}

/** Changes with everything that goes into the two Go programs. */
export function sourceKey(folder = __dirname): string {
  const what = [...commonFlags, stripFlags, versionFlag, pluginVersionFlag, ...formerPluginVersions];
  const hash = createHash("sha256").update(what.join(" "));
  for (const module of ["cli", "provider"]) {
    const files = readdirSync(join(folder, module), { recursive: true, encoding: "utf8" });
    for (const file of files.filter((name) => /\.(go|mod|sum)$/.test(name)).sort())
      hash.update(`\n${module}/${file}\n`).update(readFileSync(join(folder, module, file)));
  }
  return hash.digest("hex").slice(0, 12);
}

function layout(folder: string): BuiltToolchain {
  return { bin: join(folder, "bin"), home: join(folder, "home"), schema: join(folder, "schema.json") };
}

async function compile(
  go: Go,
  destination: string,
  report: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(cacheFolder(), { recursive: true });
  await removeLeftovers();
  const partial = join(cacheFolder(), `.partial-pulumi-${process.pid}-${randomUUID().slice(0, 8)}`);
  const { bin, home, schema } = layout(partial);
  const working = join(partial, "working");
  await mkdir(working, { recursive: true });
  report(
    `building Pulumi ${pulumiVersion} and its OpenStack plugin ${openstackPluginVersion} with ${go.version}: ` +
      "4 to 8 minutes on two cores when Go's caches are empty (they take 3 GB)",
  );
  // The first failure ends the other build too.
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const build = async (what: string, folder: string, out: string, ldflags: string, target: string) =>
    goBuild({
      go,
      what,
      folder,
      arguments: [...commonFlags, "-ldflags", ldflags, "-o", out, target],
      temporary: working,
      report,
      signal: either,
    });
  const cli = () =>
    build(
      "Pulumi CLI",
      join(__dirname, "cli"),
      join(bin, "pulumi"),
      `${stripFlags} ${versionFlag}`,
      "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    );
  const plugin = async () => {
    // A copy, because the schema has to lie beside the source that embeds it.
    const source = join(partial, "provider");
    await cp(join(__dirname, "provider"), source, { recursive: true });
    const generator = join(partial, "generate");
    const flags = `${stripFlags} ${pluginVersionFlag}`;
    await build("OpenStack plugin, schema", source, generator, flags, "./generate");
    await run(generator, [schema], { cwd: source, signal: either });
    await cp(schema, join(source, "schema.json"));
    await build("OpenStack plugin", source, pluginFile(home, openstackPluginVersion), flags, ".");
    await Promise.all([rm(source, { recursive: true }), rm(generator), ...standIns(home)]);
  };
  try {
    const stopOther = (error: unknown) => {
      failure.abort(error);
      throw error;
    };
    const results = await Promise.allSettled([cli().catch(stopOther), plugin().catch(stopOther)]);
    signal.throwIfAborted();
    if (failure.signal.aborted) throw failure.signal.reason;
    for (const result of results) if (result.status === "rejected") throw result.reason;
    await rm(working, { recursive: true });
    await rename(partial, destination).catch((error: NodeJS.ErrnoException) => {
      // Somebody else finished the same build first: theirs is as good.
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

function pluginFile(home: string, version: string): string {
  return join(home, "plugins", `resource-openstack-v${version}`, "pulumi-resource-openstack");
}

/**
 * The plugin once more for each release that labs were made with before: the state of such a lab names it until the next
 * `up`, and `destroy`, `refresh` and the installed @pulumi/openstack would have it downloaded. Its successor reads its states.
 */
function standIns(home: string): Promise<void>[] {
  return formerPluginVersions.map(async (version) => {
    const file = pluginFile(home, version);
    await mkdir(dirname(file));
    await symlink(relative(dirname(file), pluginFile(home, openstackPluginVersion)), file);
  });
}

/** Removes what builds left that were killed; those still running keep theirs. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(cacheFolder())) {
    const pid = /^\.partial-pulumi-(\d+)-/.exec(name)?.[1];
    if (pid && !isAlive(Number(pid))) await rm(join(cacheFolder(), name), { recursive: true, force: true });
  }
}

/** The language host changes with this project, not with the Go sources: it is bundled anew when it is another one. */
async function refreshLanguageHost({ bin }: BuiltToolchain): Promise<void> {
  // Beside the CLI: there the engine looks for it, and anywhere else on PATH it would warn.
  const file = join(bin, "pulumi-language-nodejs");
  const key = languageHostKey();
  if (existsSync(file) && readFileSync(file, "utf8").includes(key)) return;
  const partial = join(bin, `.partial-${process.pid}`);
  await bundleLanguageHost(partial, key);
  chmodSync(partial, 0o755);
  await rename(partial, file);
}
