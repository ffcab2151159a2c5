import { type Draft, nameOf } from "./draft";
import type { ImagePlan, ImagesPlan } from "./labPlan";
import type { ImageConfig } from "./schema/configSchema";

export function planImages(draft: Draft): ImagesPlan {
  const { disk, iso } = draft.config.images;
  return {
    disk: planImage(draft, disk, "ipxe-disk", "qcow2"),
    ...(iso.source !== "none" && { iso: planImage(draft, iso, "ipxe-iso", "iso") }),
  };
}

function planImage(draft: Draft, image: ImageConfig, hint: string, usual: "qcow2" | "iso"): ImagePlan {
  const { source, path, url, format } = image;
  if (source === "existing") return { kind: "existing", name: image.name! };
  const common = { name: image.name ?? nameOf(draft, hint), firmware: image.firmware };
  if (source === "file")
    return { kind: "file", ...common, source: path, format: format ?? formatOf(path!) ?? usual };
  if (source === "url") return { kind: "url", ...common, source: url, format };
  return { kind: "build", ...common };
}

function formatOf(path: string): "qcow2" | "raw" | "iso" | undefined {
  const ending = path.toLowerCase().split(".").at(-1);
  if (ending === "qcow2" || ending === "iso") return ending;
  return ending === "img" || ending === "raw" ? "raw" : undefined;
}
