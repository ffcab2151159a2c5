import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { version as sdkVersion } from "@pulumi/pulumi/package.json";
import { build, version as esbuildVersion } from "esbuild";

const sources = ["languageHost.ts", "program.ts", "installedPackages.ts", "splitArguments.ts"];

/** Changes with everything the bundle is made of. */
export function languageHostKey(): string {
  const hash = createHash("sha256").update(`${esbuildVersion} ${sdkVersion}`);
  for (const source of sources) hash.update(readFileSync(join(__dirname, source)));
  return `key ${hash.digest("hex").slice(0, 12)}`;
}

/** Bundles the language host, gRPC included, into one file; `key` is kept in it. */
export async function bundleLanguageHost(file: string, key: string): Promise<void> {
  await build({
    entryPoints: [join(__dirname, "languageHost.ts")],
    outfile: file,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    minify: true,
    banner: { js: `#!/usr/bin/env node\n// ${key}` },
    logLevel: "error",
  });
}
