import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

export interface PythonPackages {
  /** Value for PYTHONPATH; absent when the package is not here. */
  readonly path?: string;
  /** For the title of a test that is skipped: how to have it. */
  readonly why: string;
}

/**
 * A package and what it needs, in the cache folder, by its version and Python's. Tests fetch nothing: .ci/run puts it there,
 * and so may you. In CI nothing is skipped, so there it is taken as present.
 */
export function pythonPackage(name: string, version: string): PythonPackages {
  const python = spawnSync("python3", ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"], {
    encoding: "utf8",
  });
  if (python.status !== 0) return { why: "no python3 here" };
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "ovb");
  const path = join(cache, `python${python.stdout.trim()}-${name}-${version}`);
  if (existsSync(path) || process.env.CI === "true") return { path, why: "" };
  return { why: `python3 -m pip install --target ${path} ${name}==${version}` };
}
