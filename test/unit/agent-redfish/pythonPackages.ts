import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

export interface PythonPackages {
  /** Value for PYTHONPATH; absent when the packages can't be had here. */
  readonly path?: string;
  /** For the title of a test that is skipped. */
  readonly why: string;
}

/**
 * Packages from the registry that pip is set up for, once per version into the cache folder. A folder for PYTHONPATH
 * rather than a virtual environment: that needs no ensurepip, which Debian packages on its own, and it can be renamed.
 * @param requirements with their versions: "sushy==5.14.0"
 */
export function pythonPackages(requirements: readonly string[]): PythonPackages {
  const python = spawnSync("python3", ["-c", "import sys; print(sys.version)"], { encoding: "utf8" });
  if (python.status !== 0) return { why: "no python3 here" };
  const key = createHash("sha256")
    .update([python.stdout, ...requirements].join("\n"))
    .digest("hex");
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "ovb");
  const folder = join(cache, `venv-redfish-${key.slice(0, 12)}`);
  if (existsSync(folder)) return { path: folder, why: "" };
  mkdirSync(cache, { recursive: true });
  const half = mkdtempSync(join(cache, "venv-redfish-half-"));
  try {
    const pip = spawnSync("python3", ["-m", "pip", "install", "-q", "--target", half, ...requirements], {
      timeout: 240_000,
    });
    if (pip.status !== 0) return { why: `pip has no ${requirements.join(", ")}` };
    if (!existsSync(folder)) renameSync(half, folder);
    return { path: folder, why: "" };
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
}
