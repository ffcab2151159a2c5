import { join } from "node:path";
import { buildIpxeDisk } from "../images/ipxeDisk";
import { buildIpxeIso } from "../images/ipxeIso";
import { cacheFolder } from "./folders";
import { ensureLayer } from "./layer";
import { ensurePulumi } from "./pulumi/toolchain";
import { ensureRoot, type Progress, runInRoot } from "./root";

const project = join(__dirname, "..");

/** What to merge into the environment for Pulumi to work; builds it where there is none. */
export async function pulumiEnvironment(progress: Progress): Promise<Record<string, string>> {
  return (await ensurePulumi({ project, ...progress })).env;
}

/** Paths of the iPXE images, built in the Debian root, which has the tools that the host may lack. */
export async function ipxeImages(progress: Progress): Promise<{ disk: string; iso: string }> {
  const root = await ensureRoot(progress);
  const { report, signal } = progress;
  const options = {
    runner: (script: string, outDir: string) => runInRoot(root, script, outDir, { signal }),
    outDir: join(cacheFolder(), "images"),
    report,
    signal,
  };
  const [disk, iso] = await Promise.all([buildIpxeDisk(options), buildIpxeIso(options)]);
  return { disk: disk.path, iso: iso.path };
}

/** Everything that takes minutes the first time, side by side, so that commands and tests find it in the cache. */
export async function prepare(progress: Progress): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([progress.signal, failed.signal]);
  const side = { report: progress.report, signal };
  const cloud = async () => {
    const root = await ensureRoot(side);
    await ipxeImages(side);
    await ensureLayer(root, false, side);
  };
  const works = [pulumiEnvironment(side), cloud()];
  for (const work of works) work.catch(() => failed.abort());
  await Promise.all(works);
}
