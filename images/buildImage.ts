import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ScriptRunner } from "./scriptRunner";

/** An image file that is complete and checked. */
export interface BuiltImage {
  /** Absolute. */
  path: string;
  /** What to declare to Glance as disk_format. */
  format: "qcow2" | "raw" | "iso";
  sha256: string;
  /** Glance's min_disk: the smallest flavor disk in GiB that Nova is to accept; 0: any. */
  minDiskGiB: number;
}

export interface BuildOptions {
  runner: ScriptRunner;
  /** Made when missing. Images of other recipes in it are left alone. */
  outDir: string;
  report: (line: string) => void;
  /** Looked at between the steps; each takes a second or two. */
  signal?: AbortSignal;
}

/** What is built: a script that leaves the file `image` in its working directory. */
export interface Recipe {
  /** First part of the file's name. */
  name: string;
  format: BuiltImage["format"];
  minDiskGiB: number;
  script: string;
}

/**
 * Builds the recipe's image, or finds it built: the file's name carries a hash of the recipe, and a checksum lies
 * beside it. Delete the file to build it again from newer packages. Writes to a folder of its own and renames, so
 * an interrupted build never looks finished, and two builders at once both get a whole file.
 * @throws when the script fails, with the end of its messages.
 */
export async function buildImage(recipe: Recipe, options: BuildOptions): Promise<BuiltImage> {
  const { runner, report, signal } = options;
  const outDir = resolve(options.outDir);
  const hash = createHash("sha256").update(recipe.script).digest("hex").slice(0, 12);
  const file = `${recipe.name}-${hash}.${recipe.format}`;
  const path = join(outDir, file);
  const image = { path, format: recipe.format, minDiskGiB: recipe.minDiskGiB };

  const recorded = await readFile(`${path}.sha256`, "utf8").catch(() => undefined);
  const present = recorded && (await sha256Of(path).catch(() => undefined));
  if (present && recorded === checksumLine(present, file)) return { ...image, sha256: present };

  await mkdir(outDir, { recursive: true });
  const work = await mkdtemp(join(outDir, `.${recipe.name}-`));
  try {
    signal?.throwIfAborted();
    report(`building ${file}`);
    await runner(recipe.script, work);
    signal?.throwIfAborted();
    const sha256 = await sha256Of(join(work, "image"));
    await writeFile(join(work, "sha256"), checksumLine(sha256, file));
    await rename(join(work, "image"), path);
    await rename(join(work, "sha256"), `${path}.sha256`);
    return { ...image, sha256 };
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${file} could not be built: ${reason}`, { cause: error });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** As sha256sum prints it, so that `sha256sum -c` checks it. */
function checksumLine(sha256: string, file: string): string {
  return `${sha256}  ${file}\n`;
}

/** In hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
