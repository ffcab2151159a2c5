import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { ConfigError } from "../../plan/config/parseConfig";
import { type ReadFile, readLabConfig } from "../../plan/config/readLabConfig";
import type { LabPlan } from "../../plan/lab/labPlan";
import { planLab } from "../../plan/lab/planLab";
import { filesIn } from "../../process/filesIn";
import { readStackConfig } from "../stack/stackConfig";

/**
 * The plan to compare with.
 * @param base a configuration file, or else a git ref: the files as they are there, planned by this version of the program
 * @param folder the project's
 * @param note told what a reader has to know about the comparison
 * @returns undefined when the stack has no configuration there: the lab is new
 * @throws Error when it is neither, or not valid
 */
export function basePlan(
  base: string,
  folder: string,
  stack: string,
  note: (line: string) => void = () => {},
): LabPlan | undefined {
  const file = resolve(base);
  if (statSync(file, { throwIfNoEntry: false })?.isFile()) {
    const found = () => readStackConfig({ folder, stack, configFile: file, env: process.env });
    return planOf(base, found, filesIn(folder));
  }
  const git = openGit(folder);
  const commit = commitOf(base, git);
  const files = stackFilesAt(commit, git);
  const stackFile = new RegExp(`(^|/)Pulumi\\.${stack.replace(/[^\w-]/g, "\\$&")}\\.ya?ml$`);
  if (!files.some(({ path }) => stackFile.test(path))) return undefined;
  const copy = mkdtempSync(join(tmpdir(), "ovb-base-"));
  try {
    for (const { path, text } of files) {
      mkdirSync(dirname(join(copy, path)), { recursive: true });
      writeFileSync(join(copy, path), text);
    }
    const found = () => readStackConfig({ folder: copy, stack, env: process.env });
    return planOf(base, found, (path) => fileAt(commit, path, { git, folder, base, note }));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

type Git = (...args: string[]) => string;

function openGit(folder: string): Git {
  return (...args) =>
    execFileSync("git", ["-C", folder, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function commitOf(ref: string, git: Git): string {
  try {
    return git("rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      throw new Error(`--against ${ref}: is no file, and git, which knows refs, is not installed.`);
    throw new Error(
      `--against ${ref}: is neither a file nor a commit that this clone has. A shallow clone has the newest only: ` +
        "`git fetch origin BRANCH` brings another.",
    );
  }
}

/** Pulumi's YAML files below the folder, as they are at the commit. */
function stackFilesAt(commit: string, git: Git): { path: string; text: string }[] {
  return git("ls-tree", "-r", "-z", "--name-only", commit)
    .split("\0")
    .filter((path) => /(^|\/)Pulumi(\.[^/]+)?\.ya?ml$/.test(path))
    .map((path) => ({ path, text: git("show", `${commit}:./${path}`) }));
}

interface Base {
  readonly git: Git;
  readonly folder: string;
  /** As the user wrote it. */
  readonly base: string;
  readonly note: (line: string) => void;
}

/** A file that the configuration names, as it is at the commit; one that git does not keep there, as it is now. */
function fileAt(commit: string, path: string, { git, folder, base, note }: Base): string {
  if (!isAbsolute(path)) {
    try {
      return git("show", `${commit}:./${path}`);
    } catch {
      // not kept by git there
    }
  }
  const text = filesIn(folder)(path);
  note(`${path} is not in ${base}: it is taken as it is now, so no change of it is shown.`);
  return text;
}

function planOf(base: string, read: () => ReturnType<typeof readStackConfig>, files: ReadFile): LabPlan {
  try {
    const { config, stack, unknown } = read();
    return planLab(readLabConfig(config, stack, files, unknown));
  } catch (error) {
    const why = error instanceof ConfigError ? error.message.replace("; nothing was created", "") : error;
    throw new Error(`--against ${base}: ${why instanceof Error ? why.message : why}`);
  }
}
