import { z } from "zod";
import { parseDuration, parseTime } from "../expiry";
import { access } from "./access";
import { bmc } from "./bmc";
import { ctlplane } from "./ctlplane";
import { images } from "./images";
import { limits } from "./limits";
import { networks } from "./networks";
import { nodes } from "./nodes";
import { packages } from "./packages";
import { undercloud } from "./undercloud";
import { bootScript, existingName, label, sshKey, tag } from "./values";
import { availabilityZones } from "./zones";

/*
 * The stack's configuration, key by key. Each key has a default, so `pulumi up` works on a cloud that has the
 * images and flavors named here; what a value must be is said where it is declared, what only makes sense
 * together is in config/checkConfig.ts. The descriptions are the documentation: docs/configuration.md is made of them.
 */

export const configSchema = z.strictObject({
  lab: label(30)
    .optional()
    .describe("Prefix of every name and the lab's tag. Two labs of a tenant need two. Default: ovb-STACK."),
  tags: z.array(tag).default([]).describe("More tags for everything that takes tags."),
  expires: z
    .string()
    .refine(
      (text) => parseDuration(text) !== undefined || parseTime(text) !== undefined,
      "must be a duration such as 30m, 8h, 2d or 1w, or a time with its zone such as 2026-11-22T08:00Z",
    )
    .optional()
    .describe(
      "When `ovb sweep --expired` may remove the lab: so long after anything of it was last made (`8h`, `2d`), or a " +
        "time (`2026-11-22T08:00Z`). A tag of everything; nothing happens by itself.",
    ),
  publicNetwork: existingName
    .default("public")
    .describe("The external network, by name or id: floating IPs, router gateway."),
  bootScript: bootScript
    .default("boot.ipxe")
    .describe("What nodes fetch from the undercloud: `boot.ipxe` to deploy, `inspector.ipxe` to inspect."),
  macPrefix: z
    .string()
    .regex(
      /^[0-9a-f][02468ace](:[0-9a-f]{2}){2}$/,
      "must be three lower-case octets such as 20:57:f8, the first one even (unicast)",
    )
    .refine(
      (text) => !text.startsWith("fa:"),
      "must not begin with fa: IPA (Ironic Python Agent) ignores such NICs",
    )
    .default("20:57:f8")
    .describe(
      "First half of the planned MACs. Not `fa:..`: IPA (Ironic Python Agent) ignores those since 2026.",
    ),
  availabilityZones,
  access,
  ctlplane,
  networks,
  undercloud,
  bmc,
  nodes,
  images,
  packages,
  authorizedKeys: z
    .array(sshKey)
    .default([])
    .describe("SSH public keys for the default user of the undercloud and the BMC."),
  limits,
});

/** The configuration as a user writes it. */
export type LabInput = z.input<typeof configSchema>;
/** The configuration with every default in place. */
export type LabConfig = z.output<typeof configSchema> & { readonly lab: string };
export type GroupConfig = LabConfig["nodes"][number];
export type ImageConfig = LabConfig["images"]["disk"];
