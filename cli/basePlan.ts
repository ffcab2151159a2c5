import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { ConfigError, parseConfig } from "../plan/config";
import type { LabPlan } from "../plan/labPlan";
import { planLab } from "../plan/planLab";
import { readStackConfig } from "./stackConfig";

/**
 * The plan to compare with.
 * @param base a configuration file, or else a git ref: the files as they are there, planned by this version of the program
 * @returns undefined when the stack has no configuration there: the lab is new
 * @throws Error when it is neither, or not valid
 */
export function basePlan(base: string, folder: string, stack: string): LabPlan | undefined {
  if (statSync(resolve(folder, base), { throwIfNoEntry: false })?.isFile()) {
    return planOf(base, () =>
      readStackConfig({ folder, stack, configFile: resolve(folder, base), env: process.env }),
    );
  }
  const files = filesAt(base, folder);
  const stackFile = new RegExp(`(^|/)Pulumi\\.${stack.replace(/[^\w-]/g, "\\$&")}\\.ya?ml$`);
  if (!files.some(({ path }) => stackFile.test(path))) return undefined;
  const copy = mkdtempSync(join(tmpdir(), "ovb-base-"));
  try {
    for (const { path, text } of files) {
      mkdirSync(dirname(join(copy, path)), { recursive: true });
      writeFileSync(join(copy, path), text);
    }
    return planOf(base, () => readStackConfig({ folder: copy, stack, env: process.env }));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Pulumi's YAML files below the folder, as they are at the ref. */
function filesAt(ref: string, folder: string): { path: string; text: string }[] {
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", folder, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  let commit: string;
  try {
    commit = git("rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      throw new Error(`--against ${ref}: is no file, and git, which knows refs, is not installed.`);
    throw new Error(
      `--against ${ref}: is neither a file nor a commit that this clone has. A shallow clone has the newest only: ` +
        "`git fetch origin BRANCH` brings another.",
    );
  }
  return git("ls-tree", "-r", "-z", "--name-only", commit)
    .split("\0")
    .filter((path) => /(^|\/)Pulumi(\.[^/]+)?\.ya?ml$/.test(path))
    .map((path) => ({ path, text: git("show", `${commit}:./${path}`) }));
}

function planOf(base: string, read: () => ReturnType<typeof readStackConfig>): LabPlan {
  try {
    const { config, stack } = read();
    return planLab(parseConfig(config, stack));
  } catch (error) {
    const why = error instanceof ConfigError ? error.message.replace("; nothing was created", "") : error;
    throw new Error(`--against ${base}: ${why instanceof Error ? why.message : why}`);
  }
}
