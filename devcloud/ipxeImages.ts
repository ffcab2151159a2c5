import { join } from "node:path";
import { buildIpxeDisk } from "../images/ipxeDisk";
import { buildIpxeIso } from "../images/ipxeIso";
import { cacheFolder } from "../process/folders";
import type { Progress } from "../process/progress";
import { ensureRoot, runInRoot } from "./root";

/**
 * The iPXE images of this program's labs, built in the Debian root, which has the tools that the host may lack, or found
 * built, in a hundredth of a second.
 * @returns the variables by which the program finds them (program/resolveImages.ts)
 */
export async function ensureIpxeImages(progress: Progress): Promise<Record<string, string>> {
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
