import { z } from "zod";
import { address, addressOrCidr, bootScript, bootStrategy, existingName, label } from "./values";
import { zone } from "./zones";

const group = z.strictObject({
  name: label(20).default("node").describe("Nodes are called LAB-NAME-0, LAB-NAME-1, ..."),
  count: z
    .number()
    .int("must be a whole number")
    .min(0, "must be 0 or more")
    .max(1000, "must be at most 1000")
    .default(2)
    .describe("How many nodes."),
  without: z
    .array(z.number().int("must be a node's index").min(0, "must be a node's index, 0 or more"))
    .default([])
    .describe("Indices left out, so that any node can be removed without a change to the others."),
  flavor: existingName.default("baremetal").describe("Flavor of the nodes."),
  availabilityZone: zone.optional().describe("Nova's zone. Default: `availabilityZones.servers`."),
  image: existingName
    .optional()
    .describe(
      "An image of the cloud instead of the lab's iPXE disk image, by name or id: it must network-boot by itself.",
    ),
  profile: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, "must be letters, digits, dots, hyphens and underscores")
    .optional()
    .describe(
      "What the nodes are to become, such as TripleO's `control` and `compute`: the inventories say it as the " +
        "capability `profile`.",
    ),
  firstAddress: address
    .optional()
    .describe(
      "ctlplane address of node 0; node N has the Nth after it. Default: offset 10 of a /24 (scaled for other " +
        "sizes), 8 further for each group before this one.",
    ),
  bootScript: bootScript
    .optional()
    .describe("What the group's nodes fetch. Default: the lab's `bootScript`."),
  bootScripts: z
    .record(z.string(), bootScript)
    .default({})
    .describe("The same for single nodes, by GROUP-INDEX: `node-1: inspector.ipxe`."),
  bootStrategy: bootStrategy
    .default("rescue")
    .describe(
      "How the BMC network-boots a node whose disk boots something else: `rescue` from the lab's ISO, and the disk " +
        "is kept; `rebuild` writes iPXE over the disk; `disk`: it does not, the disk boots.",
    ),
  rebuildForInspection: z
    .boolean()
    .default(false)
    .describe("Whether `rebuild` may wipe a deployed disk for `inspector.ipxe` as well."),
  networks: z
    .array(z.string())
    .default([])
    .describe(
      "Names of `networks` that each node of the group gets a NIC on, in this order, after the ctlplane's.",
    ),
  dhcpOptions: z
    .record(
      z.string().min(1, "needs a name").max(64, "must have a name of at most 64 characters, Neutron's limit"),
      z.string().min(1, "must not be empty").max(255, "must have at most 255 characters, Neutron's limit"),
    )
    .default({})
    .describe(
      "More DHCP options of the nodes' ctlplane ports, by Neutron's names; they win over the planned.",
    ),
  vips: z
    .array(addressOrCidr)
    .default([])
    .describe(
      "Addresses that the group's nodes may hold beside their own (allowed address pairs of their ports).",
    ),
});

/** One entry a group. */
export const nodes = z
  .array(group)
  .min(1, "must name a group at least")
  .default([group.parse({})])
  .describe(
    "The groups of baremetal nodes. Each has default addresses for 8; later groups start after them.",
  );
