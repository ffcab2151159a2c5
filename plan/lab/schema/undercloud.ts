import { z } from "zod";
import { address, addressOrCidr, existingName, port, range } from "./values";
import { zone } from "./zones";

const download = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: "must be an http or https URL" })
    .describe("Where the undercloud fetches it."),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hexadecimal digits")
    .describe("Of the file."),
});

const localFile = z
  .string()
  .min(1, "must not be empty")
  .refine((text) => !/^[a-z]+:\/\//i.test(text), "must be a file of this machine, not a URL");

const files = z
  .strictObject({
    kernel: localFile.optional().describe("IPA's kernel."),
    ramdisk: localFile.optional().describe("IPA's RAM disk."),
    image: localFile
      .optional()
      .describe("The image to deploy: a whole disk, qcow2 by that ending of its name, else raw."),
  })
  .prefault({})
  .describe(
    "Files of this machine, relative to the project's folder, that `npx ovb up` brings to the undercloud, where it has " +
      "others. Without IPA here, in its image or at `kernel` and `ramdisk`, `npx ovb up` builds it and brings it.",
  );

const image = download
  .extend({ format: z.enum(["raw", "qcow2"]).default("raw").describe("What it is: a whole disk.") })
  .optional()
  .describe(
    "The image that nodes are deployed with, where undercloud and nodes fetch it. Default: `files.image`, or what the " +
      "undercloud's image has.",
  );

const ironic = z
  .strictObject({
    username: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,32}$/, "must be 1 to 32 of A-Z a-z 0-9 _ . -")
      .default("admin")
      .describe("User of Ironic's API."),
    password: z
      .string()
      .regex(
        /^[\x21-\x7e]{12,72}$/,
        "must be 12 to 72 printable characters, no blank (bcrypt takes 72 bytes)",
      )
      .optional()
      .describe("Its password, set with --secret. Default: the program makes one; required without a BMC."),
    kernel: download
      .optional()
      .describe("Kernel of IPA (Ironic Python Agent). Default: what the undercloud's image has, or `files`."),
    ramdisk: download
      .optional()
      .describe("Its RAM disk. Default: what the undercloud's image has, or `files`."),
    image,
    files,
    automatedClean: z
      .boolean()
      .default(false)
      .describe("Whether nodes are cleaned before they become available and after each deployment."),
    enroll: z
      .boolean()
      .default(true)
      .describe("Whether `npx ovb up` enrols the nodes; `npx ovb enroll` does it by hand."),
  })
  .prefault({})
  .describe("For `ironic`.");

export const undercloud = z
  .strictObject({
    kind: z
      .enum(["ironic", "boot-server", "custom", "none"])
      .default("ironic")
      .describe(
        "`ironic`: a standalone Ironic, see docs/ironic.md; `boot-server`: serves boot.ipxe and inspector.ipxe and no more; `custom`: your own image and user data " +
          "(TripleO, Metal3, Bifrost, MAAS, ...), with files in /etc/ovb that say what the lab is; `none`: no VM, one " +
          "elsewhere, at `address`.",
      ),
    flavor: existingName
      .optional()
      .describe("Flavor. Default: `undercloud` (1 GiB of memory, 8 of disk) for `ironic`, else `m1.small`."),
    image: existingName
      .optional()
      .describe(
        "A cloud image with cloud-init and Python 3. Default: `ovb-undercloud`, which has Ironic, for `ironic`, else `debian-13`.",
      ),
    availabilityZone: zone.optional().describe("Nova's zone. Default: `availabilityZones.servers`."),
    address: address
      .optional()
      .describe("On the ctlplane. Default: .240 of a /24. Required for `none`, where it may be anywhere."),
    userData: z
      .string()
      .min(1, "must not be empty")
      .optional()
      .describe(
        "For `custom`: text for cloud-init in any of its formats (#cloud-config, a #! script, #include, an archive, MIME, ...). Kept as a secret.",
      ),
    userDataFile: z
      .string()
      .min(1, "must not be empty")
      .optional()
      .describe("The same from a file, relative to the project's folder."),
    ironic,
    dhcpRange: range
      .optional()
      .describe(
        "For `custom` and `none`: what the undercloud gives to deployed nodes (undercloud.conf's dhcp_start and " +
          "dhcp_end). Default: .10 to .29 of a /24, where the lab's nodes are.",
      ),
    inspectionRange: range
      .optional()
      .describe("The same for nodes being inspected (inspection_iprange). Default: .200 to .219 of a /24."),
    vips: z
      .array(addressOrCidr)
      .default([])
      .describe("Addresses it may hold beside its own (allowed address pairs). Outside the pool."),
    floatingIp: z.boolean().default(true).describe("Whether it gets one."),
    bootPort: port.default(8088).describe("TCP port of boot.ipxe; TripleO's undercloud has it on 8088 too."),
  })
  .prefault({})
  .describe("The VM that the nodes boot from.");
