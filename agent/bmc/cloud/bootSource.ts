import { type Boot, type Disk, needsRebuild } from "../../nova/bootPlan";
import { type BootTarget, Unsupported } from "../../nova/machine";
import type { CloudNode } from "../../nova/nodeFromServer";
import type { CloudContext } from "./context";

export interface BootSource {
  readonly boot: Boot;
  readonly boots: "network" | "disk" | "none";
}

export const diskBoot: Boot = { from: "disk" };

/**
 * What a boot now would be.
 * @param medium Glance's id of what is in the CD-ROM's drive
 * @throws Unsupported, or MachineBusy where the cloud does not answer
 */
export async function bootSource(
  node: CloudNode,
  { target, medium, disk }: { target: BootTarget; medium: string | undefined; disk: Disk | undefined },
  { images, refusals }: Pick<CloudContext, "images" | "refusals">,
): Promise<BootSource> {
  // What the CD-ROM's system does to the disk is as unknown as what the network's does.
  if ((target === "cdrom" || target === "http") && medium !== undefined)
    return network({ from: "cdrom", image: medium });
  // An empty drive: firmware goes on to the disk.
  if (target !== "pxe") return { boot: diskBoot, boots: target === "disk" ? "disk" : "none" };
  try {
    switch (node.strategy) {
      case "rescue":
        return network({ from: "cdrom", image: await images.find("iso") });
      case "rebuild":
        return needsRebuild(node, disk)
          ? network({ from: "freshDisk", image: await images.find("disk") })
          : network(diskBoot);
      case "disk":
        return network(diskBoot);
    }
  } catch (error) {
    if (error instanceof Unsupported) throw error;
    throw refusals.explain(node.key, "looking for the boot image", error);
  }
}

const network = (boot: Boot): BootSource => ({ boot, boots: "network" });
