import type { LabConfig } from "../lab/schema/configSchema";
import type { Note, Path } from "./problem";

export function checkImages(config: LabConfig, note: Note): void {
  for (const which of ["disk", "iso"] as const) {
    const image = config.images[which];
    const path: Path = ["images", which];
    const needs = {
      existing: ["name"],
      file: ["path"],
      url: ["url", "format"],
      build: [],
      none: [],
    } as const;
    for (const field of needs[image.source]) {
      if (!image[field])
        note([...path, field], `is required when ovb:images.${which}.source is ${image.source}`);
    }
    const source = image.source === "file" ? image.path : image.source === "url" ? image.url : undefined;
    if (source?.toLowerCase().endsWith(".iso") && image.format && image.format !== "iso") {
      note(
        [...path, "format"],
        "contradicts the .iso name: Nova compares an image's content with its format since 2024 and refuses an ISO " +
          "called raw. Use ovb:images.iso for an ISO, and a disk image here (source build makes one)",
      );
    }
    if (which === "disk" && image.format === "iso") {
      note(
        [...path, "format"],
        "is a CD-ROM: a node that boots it has no disk to deploy to. Use ovb:images.iso for it",
      );
    }
    if (which === "iso" && image.format && image.format !== "iso")
      note([...path, "format"], "must be iso here");
  }
  const names = (["disk", "iso"] as const).map((which) => config.images[which]);
  if (names.every((image) => image.source !== "none" && image.source !== "existing" && image.name)) {
    if (names[0]!.name === names[1]!.name)
      note(["images", "iso", "name"], "is ovb:images.disk's name already; names must differ");
  }
  if (config.images.disk.source === "none") {
    note(
      ["images", "disk", "source"],
      "must be build, existing, file or url: nodes need something to boot from",
    );
  }
}
