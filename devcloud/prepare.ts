import { join } from "node:path";
import { buildIpxeDisk } from "../images/ipxeDisk";
import { buildIpxeIso } from "../images/ipxeIso";
import type { Progress } from "../process/progress";
import { cacheFolder } from "./folders";
import { ensureGuest, ensureUndercloud } from "./guest";
import { ensureLayer } from "./layer";
import { ensurePulumi } from "./pulumi/toolchain";
import { ensureRoot, runInRoot } from "./root";

const project = join(__dirname, "..");

/** What to merge into the environment for Pulumi, and where asked for our program's images, to be at hand. */
export async function labEnvironment(images: boolean, progress: Progress): Promise<Record<string, string>> {
  const { env } = await ensurePulumi({ project, ...progress });
  return images ? { ...env, ...(await ipxeImages(progress)) } : env;
}

/** The iPXE images, built in the Debian root, which has the tools that the host may lack. */
async function ipxeImages(progress: Progress): Promise<Record<string, string>> {
  const root = await ensureRoot(progress);
  const { report, signal } = progress;
  const options = {
    runner: (script: string, outDir: string) => runInRoot(root, script, outDir, { signal }),
    outDir: join(cacheFolder(), "images"),
    report,
    signal,
  };
  const [disk, iso] = await Promise.all([buildIpxeDisk(options), buildIpxeIso(options)]);
  return { OVB_IPXE_DISK: disk.path, OVB_IPXE_ISO: iso.path };
}

/** Everything that takes minutes the first time, side by side, so that commands and tests find it in the cache. */
export async function prepare(progress: Progress): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([progress.signal, failed.signal]);
  const side = { report: progress.report, signal };
  const cloud = async () => {
    const root = await ensureRoot(side);
    await together([
      ipxeImages(side),
      ensureLayer(root, false, side),
      ensureGuest({ root, ...side }),
      ensureUndercloud({ root, ...side }),
    ]);
  };
  /** The first failure ends the others; what still runs has ended before this does. */
  const together = async (works: readonly Promise<unknown>[]): Promise<void> => {
    for (const work of works) work.catch((error: unknown) => failed.abort(error));
    await Promise.allSettled(works);
    await Promise.all(works);
  };
  await together([labEnvironment(false, side), cloud()]);
}
