import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { link, mkdir, rename, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { BuildOptions } from "./buildImage";

/** What is built: a script that leaves its results, several files, in its working directory. */
export interface FolderRecipe {
  /** First part of the folder's name. */
  name: string;
  script: string;
  /** Complete files, absolute paths, that the script finds in its working directory and is to remove or keep. */
  inputs?: readonly string[];
}

/** The folder that the recipe's results are in, or will be: an absolute path. */
export function folderOf({ name, script, inputs = [] }: FolderRecipe, outDir: string): string {
  const hash = createHash("sha256").update([script, ...inputs].join("\0"));
  return join(resolve(outDir), `${name}-${hash.digest("hex").slice(0, 12)}`);
}

/**
 * Builds the recipe's folder in `outDir`, or finds it built: its name carries a hash of the recipe and of its inputs'
 * paths, which for our own carry hashes themselves. Works in a folder named after this process (sweepCache removes
 * it when the process was killed) and renames, so an interrupted build never looks finished.
 * Inputs are hard links: they lie on the same file system as `outDir`, and the script must not write into them.
 * @returns the folder's absolute path.
 * @throws when the script fails, with the end of its messages.
 */
export async function buildFolder(recipe: FolderRecipe, options: BuildOptions): Promise<string> {
  const { runner, report, signal } = options;
  const { script, inputs = [] } = recipe;
  const folder = folderOf(recipe, options.outDir);
  if (existsSync(folder)) return folder;
  await mkdir(options.outDir, { recursive: true });
  const work = `${folder}.new-${process.pid}`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work);
  try {
    signal?.throwIfAborted();
    report(`building ${basename(folder)}`);
    await Promise.all(inputs.map((input) => link(input, join(work, basename(input)))));
    await runner(script, work);
    signal?.throwIfAborted();
    if (!existsSync(folder)) await rename(work, folder);
    return folder;
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${basename(folder)} could not be built: ${reason}`, { cause: error });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
