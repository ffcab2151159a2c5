import { z } from "zod";
import { existingName, firmware, imageFormat } from "./values";

const image = (defaultSource: "build", nameHint: string) =>
  z.strictObject({
    source: z
      .enum(["build", "existing", "file", "url", "none"])
      .default(defaultSource)
      .describe(
        "`build`: made here from iPXE and syslinux and uploaded; `existing`: an image of the cloud, by `name`; " +
          "`file`, `url`: uploaded from there; `none`: leave it out (ISO only).",
      ),
    name: existingName
      .optional()
      .describe(`Name in Glance. Default: LAB-${nameHint}. Required for \`existing\`.`),
    path: z.string().min(1).optional().describe("The local file, for `file`."),
    url: z
      .url({ protocol: /^https?$/, error: "must be an http or https URL" })
      .optional()
      .describe("For `url`."),
    format: imageFormat
      .optional()
      .describe("What the file really is, for `file` and `url`: Nova refuses a wrong one."),
    firmware: firmware
      .default("bios")
      .describe("Firmware of the nodes: sets the image's firmware properties."),
  });

export const images = z
  .strictObject({
    disk: image("build", "ipxe-disk").prefault({}).describe("The disk that nodes network-boot from."),
    iso: image("build", "ipxe-iso")
      .prefault({})
      .describe("The CD-ROM kind, for rescue and volume-backed nodes."),
  })
  .prefault({})
  .describe("The iPXE images.");
