import { execFile, execFileSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "ovb");

/** From PyPI, in a virtual environment of their own. */
const pythonPackages = [
  ...["redfish_service_validator==3.1.8", "redfish_protocol_validator==1.3.2"],
  ...["redfish_use_case_checkers==2.1.1", "sushy==5.14.0", "pyghmi==1.6.19"],
  // What fence-agents import.
  ...["pexpect", "pycurl", "requests"],
];

/** Debian's, taken apart in a folder: nothing is installed. */
const debianPackages = ["freeipmi-tools", "freeipmi-common", "libfreeipmi17", "fence-agents"];
const debianLibraries = ["libipmiconsole2", "libipmidetect0", "libipmimonitoring6"];

export interface Clients {
  /** The environment's folder of programs. */
  readonly python: string;
  /** Absent where apt-get is: what needs it is skipped, and said so. */
  readonly debian?: string;
  /**
   * DMTF's CSDL files. The service validator asks DMTF's server for them, which not every machine may: then they are put
   * there by hand (the folder `csdl` of github.com/DMTF/Redfish-Publications).
   */
  readonly schemas?: string;
}

/** Fetches what is not in the cache, which takes a minute. */
export function prepareClients(): Clients {
  mkdirSync(cache, { recursive: true });
  const python = join(cache, "bmc-conformance-python-1");
  whole(python, (folder) => {
    // An environment cannot be moved: it is made where it will be, and marked when it is whole.
    execFileSync("python3", ["-m", "venv", folder]);
    execFileSync(join(folder, "bin", "pip"), ["install", "-q", ...pythonPackages], { stdio: "inherit" });
  });
  const debian = join(cache, "bmc-conformance-debian-1");
  const schemas = join(cache, "redfish-csdl");
  return {
    python: join(python, "bin"),
    ...(hasDebian(debian) && { debian }),
    ...(existsSync(schemas) && { schemas }),
  };
}

function hasDebian(folder: string): boolean {
  if (existsSync(folder)) return true;
  const packages = `${folder}.deb`;
  const root = `${folder}.new`;
  rmSync(packages, { recursive: true, force: true });
  rmSync(root, { recursive: true, force: true });
  mkdirSync(packages);
  try {
    const quiet = { cwd: packages, stdio: "ignore" } as const;
    execFileSync("apt-get", ["download", ...debianPackages, ...debianLibraries], quiet);
    for (const file of readdirSync(packages)) execFileSync("dpkg-deb", ["-x", file, root], quiet);
    renameSync(root, folder);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(packages, { recursive: true, force: true });
  }
}

function whole(folder: string, make: (folder: string) => void): void {
  if (existsSync(join(folder, "whole"))) return;
  rmSync(folder, { recursive: true, force: true });
  make(folder);
  mkdirSync(join(folder, "whole"));
}

export interface Ran {
  readonly status: number;
  readonly out: string;
}

/** Never rejects. @param seconds after which it is ended, which is a failure */
export function run(
  program: string,
  args: readonly string[],
  { env = {}, cwd, seconds = 120 }: { env?: NodeJS.ProcessEnv; cwd?: string; seconds?: number } = {},
): Promise<Ran> {
  const all = { PATH: process.env.PATH, HOME: process.env.HOME, ...env };
  return new Promise((resolve) => {
    const options = { env: all, cwd, timeout: seconds * 1000, maxBuffer: 2 ** 26 };
    execFile(program, [...args], options, (error, out, err) => {
      const status = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      // For who wants to see all of it.
      appendFileSync(join(tmpdir(), "ovb-conformance.txt"), `\n$ ${program} ${args[0] ?? ""}\n${out}${err}`);
      resolve({ status, out: out + err });
    });
  });
}
