import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { stateFolder } from "../process/folders";

/** What a cloud could leave behind on its host, each as lines that can be compared. */
export interface HostTraces {
  interfaces: string[];
  /** "where type" of each mount this process sees. */
  mounts: string[];
  /** Namespaces that some process is in, as "net:[4026531840]". A process left behind is in one of these. */
  namespaces: string[];
  /** Paths below the clouds' state folder. */
  files: string[];
}

/** Looks at the host as it is now. */
export function hostTraces(): HostTraces {
  const mounts = readFileSync("/proc/self/mounts", "utf8").trim().split("\n");
  const clouds = join(stateFolder(), "devcloud");
  return {
    interfaces: readdirSync("/sys/class/net").sort(),
    mounts: mounts.map((line) => line.split(" ").slice(1, 3).join(" ")).sort(),
    namespaces: namespaces(),
    files: existsSync(clouds) ? (readdirSync(clouds, { recursive: true }) as string[]).sort() : [],
  };
}

function namespaces(): string[] {
  const found = new Set<string>();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    for (const kind of ["mnt", "pid", "net", "uts", "ipc"]) {
      try {
        found.add(readlinkSync(`/proc/${pid}/ns/${kind}`));
      } catch {
        // The process has ended since, or is a zombie, which is in no namespace any more.
      }
    }
  }
  return [...found].sort();
}

/** What is there after and was not before, each line with its kind; empty when nothing was left behind. */
export function newTraces(before: HostTraces, after: HostTraces): string[] {
  return (Object.keys(after) as Array<keyof HostTraces>).flatMap((kind) => {
    const known = new Set(before[kind]);
    return after[kind].filter((line) => !known.has(line)).map((line) => `${kind}: ${line}`);
  });
}
