import { z } from "zod";
import { address, cidr, existingName, portSecurity } from "./values";

export const access = z
  .strictObject({
    network: existingName
      .optional()
      .describe("Use this network of the cloud, by name or id, for the outer NICs instead of creating one."),
    router: existingName
      .optional()
      .describe("Use this router of the cloud, by name or id, instead of creating one."),
    cidr: cidr.default("203.0.113.0/24").describe("Subnet of the created network."),
    portSecurity: portSecurity
      .default("unset")
      .describe(
        "As `ctlplane.portSecurity`, of the created network: `enabled` on clouds where it is off unless asked for. " +
          "`disabled`: the outer NICs have no firewall, as an existing network without port security demands.",
      ),
    dns: z.array(address).default([]).describe("DNS servers of the created network."),
    allowFrom: z.array(cidr).default(["0.0.0.0/0"]).describe("Who may reach SSH and ping on the outer NICs."),
  })
  .prefault({})
  .describe("The network of the undercloud's and the BMC's outer NICs.");
