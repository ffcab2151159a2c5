import { z } from "zod";
import { address, cidr, existingName } from "./values";

export const access = z
  .strictObject({
    network: existingName
      .optional()
      .describe("Use this network of the cloud, by name, for the outer NICs instead of creating one."),
    router: existingName
      .optional()
      .describe("Use this router of the cloud, by name, instead of creating one."),
    cidr: cidr.default("203.0.113.0/24").describe("Subnet of the created network."),
    dns: z.array(address).default([]).describe("DNS servers of the created network."),
    allowFrom: z.array(cidr).default(["0.0.0.0/0"]).describe("Who may reach SSH and ping on the outer NICs."),
  })
  .prefault({})
  .describe("The network of the undercloud's and the BMC's outer NICs.");
