import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";

/** The part of a package.json that Pulumi reads. */
export interface InstalledPackage {
  name: string;
  version: string;
  /** True when the program's own package.json asks for it. */
  direct: boolean;
  /** Set when the package is the SDK of a resource plugin; see https://www.pulumi.com/docs/iac/packages-and-automation/ */
  pulumi?: { resource?: boolean; name?: string; version?: string; server?: string };
}

interface Manifest {
  name?: string;
  version?: string;
  pulumi?: InstalledPackage["pulumi"];
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

/** Every package under the folder's node_modules, nested ones included, each folder once even when linked twice. */
export function installedPackages(folder: string): InstalledPackage[] {
  const own = readManifest(folder);
  const asked = { ...own?.dependencies, ...own?.devDependencies };
  const found: InstalledPackage[] = [];
  const seen = new Set<string>();

  const visit = (packageFolder: string, top: boolean): void => {
    const real = realpathSync(packageFolder);
    if (seen.has(real)) return;
    seen.add(real);
    const manifest = readManifest(real);
    if (manifest?.name && manifest.version) {
      const { name, version, pulumi } = manifest;
      found.push({ name, version, direct: top && name in asked, ...(pulumi && { pulumi }) });
    }
    for (const nested of packageFolders(join(real, "node_modules"))) visit(nested, false);
  };
  for (const packageFolder of packageFolders(join(folder, "node_modules"))) visit(packageFolder, true);
  return found;
}

/** The plugins the installed SDKs ask for: name and version as the engine wants it, with a leading v. */
export function requiredPlugins(
  packages: InstalledPackage[],
): { name: string; version: string; server: string }[] {
  const plugins = new Map<string, { name: string; version: string; server: string }>();
  for (const { name: packageName, version: packageVersion, pulumi } of packages) {
    if (!pulumi?.resource) continue;
    const name = pulumi.name ?? packageName.replace(/^@pulumi\//, "");
    const version = `v${(pulumi.version ?? packageVersion).replace(/^v/, "")}`;
    plugins.set(`${name}@${version}`, { name, version, server: pulumi.server ?? "" });
  }
  return [...plugins.values()];
}

function packageFolders(nodeModules: string): string[] {
  return entries(nodeModules).flatMap((entry) =>
    entry.startsWith("@")
      ? entries(join(nodeModules, entry)).map((scoped) => join(nodeModules, entry, scoped))
      : [join(nodeModules, entry)],
  );
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.name.startsWith(".") && (entry.isDirectory() || entry.isSymbolicLink()))
      .map((entry) => entry.name);
  } catch {
    return []; // no such folder: most packages have no node_modules of their own
  }
}

function readManifest(folder: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  } catch {
    return undefined; // not a package, or one that npm itself would complain about
  }
}
