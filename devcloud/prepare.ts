import type { Progress } from "../process/progress";
import { ensurePulumi } from "../toolchain/toolchain";
import type { NetworkName } from "./config/settings";
import { ensureGuest, ensureUndercloud } from "./guest";
import { ensureIpxeImages } from "./ipxeImages";
import { ensureLayer } from "./layer";
import { ensureRoot } from "./root";

/**
 * Everything that takes minutes the first time, side by side, so that commands and tests find it in the cache.
 * @param network of the kinds of cloud, the one whose first start is made
 */
export async function prepare(network: NetworkName, progress: Progress): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([progress.signal, failed.signal]);
  const side = { report: progress.report, signal };
  const cloud = async () => {
    const root = await ensureRoot(side);
    await together([
      ensureIpxeImages(side),
      ensureLayer(root, { fakeCompute: false, network }, side),
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
  await together([ensurePulumi(side), cloud()]);
}
