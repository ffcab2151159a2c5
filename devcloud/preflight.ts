import { accessSync, constants, existsSync, readFileSync, statfsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { run } from "../process/run";

const gigabyte = 2 ** 30;

/** What is to be done, as far as it decides what the machine needs. */
export interface Plans {
  cacheFolder: string;
  stateFolder: string;
  /** The Debian root is to be built, which takes a package manager and more room. */
  buildsRoot: boolean;
  fakeCompute: boolean;
}

function onPath(command: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Bytes free on the file system that a folder, which need not exist yet, is or will be on. */
function freeBytes(folder: string): number {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  return bavail * bsize;
}

/** MemAvailable of /proc/meminfo, in bytes. */
function availableMemory(): number {
  const kilobytes = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

/**
 * Tries each thing for real, in namespaces that are gone when the script ends: a list of modules says nothing,
 * because a feature may be built in or loaded on demand. The switch, which forwards in a process and not in the kernel, reaches
 * guests by taps with the headers of offloaded packets (vnet_hdr), and what is in namespaces by packet sockets.
 */
const kernelProbe = `
probe() { name=$1; shift; "$@" >/dev/null 2>&1 || echo "$name"; }
probe veth ip link add probe1 type veth peer name probe2
probe tun ip tuntap add probe3 mode tap
probe vnet_hdr ip tuntap add probe4 mode tap vnet_hdr
probe packet perl -e 'socket(my $packet, 17, 3, 0) or die'
mount -t tmpfs tmpfs /sys && mkdir /sys/a /sys/b /sys/c /sys/d
probe overlay mount -t overlay -o lowerdir=/sys/a,upperdir=/sys/b,workdir=/sys/c overlay /sys/d
`;

const remedies: Record<string, string> = {
  tun: "the kernel has no TUN/TAP devices or /dev/net/tun is missing: modprobe tun",
  vnet_hdr:
    "this machine makes no TAP device with IFF_VNET_HDR, without which guests have no TCP: modprobe tun, or use a kernel that has it",
  packet:
    "this machine opens no packet socket (AF_PACKET), which the cloud's switch forwards by: modprobe af_packet, or give this process CAP_NET_RAW",
};

async function missingKernelFeatures(): Promise<string[]> {
  const probe = ["--net", "--mount", "--fork", "sh", "-c", kernelProbe];
  try {
    const missing = (await run("unshare", probe)).trim().split("\n");
    return missing
      .filter((name) => name !== "")
      .map(
        (name) =>
          remedies[name] ?? `the kernel has no "${name}": modprobe ${name}, or use a kernel that has it`,
      );
  } catch (error) {
    return [
      `this machine does not allow new namespaces, as inside a container without privileges: use a VM or a real machine (${(error as Error).message})`,
    ];
  }
}

/** One sentence for each thing a cloud needs and this machine lacks, with its remedy. Empty when all is well. */
export async function missingRequirements(plans: Plans): Promise<string[]> {
  if (process.platform !== "linux") {
    return ["the devcloud needs Linux: run it in a Debian VM, or set OS_CLOUD to use a cloud you have"];
  }
  if (process.arch !== "x64") return [`the devcloud needs an x86-64 machine, this is ${process.arch}`];
  if (process.getuid?.() !== 0) {
    return ["the devcloud needs root for its namespaces: run the command as root (sudo -E)"];
  }
  const missing: string[] = [];
  const wanted: Record<string, string> = {
    unshare: "util-linux",
    nsenter: "util-linux",
    ip: "iproute2",
    perl: "perl-base",
  };
  if (plans.buildsRoot) Object.assign(wanted, { "apt-get": "apt", "dpkg-deb": "dpkg" });
  for (const [command, packageName] of Object.entries(wanted)) {
    if (!onPath(command))
      missing.push(`the command "${command}" is missing: install the package ${packageName}`);
  }
  if (missing.length > 0) return missing;

  missing.push(...(await missingKernelFeatures()));
  // Measured: 3 GB for the services, the rest for a first pair of servers.
  const memory = (plans.fakeCompute ? 3 : 4) * gigabyte;
  if (availableMemory() < memory) {
    missing.push(
      `only ${(availableMemory() / gigabyte).toFixed(1)} GB of memory are free, the services need ${memory / gigabyte}: end something, or use a bigger machine`,
    );
  }
  // Measured: the root is 2.4 GB and takes 4 GB while it is built; the prepared layer and a cloud take under 1 GB each;
  // the images take 1.3 GB, and 3 GB while the undercloud's is built.
  const room: Array<[folder: string, bytes: number, what: string]> = [
    [plans.cacheFolder, (plans.buildsRoot ? 11 : 4) * gigabyte, "XDG_CACHE_HOME"],
    [plans.stateFolder, 2 * gigabyte, "XDG_STATE_HOME"],
  ];
  for (const [folder, bytes, variable] of room) {
    const free = freeBytes(folder);
    if (free >= bytes) continue;
    missing.push(
      `only ${(free / gigabyte).toFixed(1)} GB are free at ${folder}, ${bytes / gigabyte} are needed: free some, or set ${variable} to a folder on a larger disk`,
    );
  }
  return missing;
}
