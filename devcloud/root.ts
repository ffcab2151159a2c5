import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { mmdebstrapPhase } from "../images/mmdebstrapPhase";
import { cacheFolder } from "../process/folders";
import type { Progress } from "../process/progress";
import { run } from "../process/run";
import { boxCommand } from "./box";
import { inTurn } from "./inTurn";
import { packages, suite } from "./packages";

/** Raise it when roots built before are no longer good although the package list is the same. */
const builderVersion = 1;

/** The folder the Debian root of this package list is in, or will be. */
function rootPath(): string {
  const key = createHash("sha256").update(JSON.stringify([builderVersion, suite, [...packages].sort()]));
  return join(cacheFolder(), `root-${key.digest("hex").slice(0, 12)}`);
}

/** Whether the Debian root is there already. */
export function hasRoot(): boolean {
  return existsSync(rootPath());
}

/**
 * Finds mmdebstrap, or fetches its package with the host's apt into folders of our own: nothing is installed, and
 * apt's own state stays as it is. It is one Perl script and runs from where it was unpacked.
 */
async function findMmdebstrap(work: string, { report, signal }: Progress): Promise<string[]> {
  const installed = "/usr/bin/mmdebstrap";
  if (existsSync(installed)) return [installed];
  report("fetching mmdebstrap");
  for (const folder of ["lists/partial", "cache/archives/partial"])
    mkdirSync(join(work, folder), { recursive: true });
  const apt = ["-qq", "-o", `Dir::State::lists=${work}/lists`, "-o", `Dir::Cache=${work}/cache`];
  const options = { cwd: work, signal, env: { ...process.env, LC_ALL: "C.UTF-8" } };
  try {
    await run("apt-get", [...apt, "update"], options);
    await run("apt-get", [...apt, "download", "mmdebstrap"], options);
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Error(
      `mmdebstrap, which builds the Debian root, is neither installed nor to be had from this machine's apt sources (on Debian or Ubuntu: apt-get install mmdebstrap): ${(error as Error).message}`,
    );
  }
  const file = readdirSync(work).find((name) => /^mmdebstrap_.*\.deb$/.test(name));
  if (file === undefined)
    throw new Error("apt-get download left no mmdebstrap package behind: install mmdebstrap");
  await run("dpkg-deb", ["--extract", join(work, file), join(work, "tool")], options);
  return ["perl", join(work, "tool/usr/bin/mmdebstrap")];
}

/**
 * The Debian root every cloud and every image build starts from: read-only to all of them.
 * Builds it in the cache when it is missing (2.8 GB, 4 minutes on two cores) and returns its path.
 */
export async function ensureRoot(progress: Progress): Promise<string> {
  const path = rootPath();
  if (!existsSync(path)) {
    await inTurn("root", progress, async () => {
      if (!existsSync(path)) await makeRoot(path, progress);
    });
  }
  return path;
}

async function makeRoot(path: string, { report, signal }: Progress): Promise<void> {
  const work = `${path}.new-${process.pid}`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { mode: 0o700 });
  try {
    const tool = await findMmdebstrap(work, { report, signal });
    report(`building the Debian root (${packages.length} packages and what they need; some minutes)`);
    const partial = join(work, "root");
    await buildRoot(tool, partial, { report, signal });
    // Settings that Debian's packages would fill in for a host, and that would be wrong in a box.
    writeFileSync(join(partial, "etc/resolv.conf"), "");
    renameSync(partial, path);
  } finally {
    // An interrupted mmdebstrap may have left mounts in its private namespace only, so removing is safe.
    rmSync(work, { recursive: true, force: true });
  }
}

async function buildRoot(tool: string[], target: string, { report, signal }: Progress): Promise<void> {
  const options = ["--variant=minbase", `--include=${packages.join(",")}`];
  options.push("--aptopt=APT::Install-Recommends false", "--format=directory", suite, target);
  // Root of a mount and pid namespace of its own: stopped half way, it leaves neither mounts nor processes.
  const argv = [
    "--pdeathsig",
    "KILL",
    "--",
    "unshare",
    "--mount",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
    "--",
    ...tool,
    ...options,
  ];
  let last = "";
  await run("sh", ["-c", 'exec setpriv "$@" 2>&1', "setpriv", ...argv], {
    signal,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LC_ALL: "C.UTF-8" },
    onLine: (line) => {
      const phase = mmdebstrapPhase(line);
      if (phase !== undefined && phase !== last) report(`  ${phase}`);
      last = phase ?? last;
    },
  });
}

/** Where runInRoot puts the folder for results. */
const outputFolder = "/out";

/**
 * Runs `sh -eu -c script` in a throw-away copy of the root with `outDir` as its working folder; what it writes
 * elsewhere is kept in memory and forgotten. It has the host's network, and leaves no mount and no process behind.
 * Throws with the last lines it printed when the script fails.
 */
export async function runInRoot(
  root: string,
  script: string,
  outDir: string,
  options: { signal?: AbortSignal; env?: Record<string, string>; onLine?: (line: string) => void } = {},
): Promise<void> {
  mkdirSync(outDir, { recursive: true });
  const binds: Array<readonly [string, string]> = [[resolve(outDir), outputFolder]];
  // Name resolution and trust as on the host, for scripts that fetch packages.
  for (const file of ["/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs/ca-certificates.crt"])
    if (existsSync(file)) binds.push([file, file]);
  const inside = `cd ${outputFolder}\n${script}`;
  const { argv, env } = boxCommand({ layers: [root], binds, endsWithUs: true }, [
    "tini",
    "--",
    "sh",
    "-eu",
    "-c",
    inside,
  ]);
  await run(argv[0]!, argv.slice(1), { ...options, env: { ...env, ...options.env }, cwd: "/" });
}
