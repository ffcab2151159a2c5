import { z } from "zod";
import { cidr, existingName, label, mtu, portSecurity } from "./values";

const extraNetwork = z.strictObject({
  name: label(20)
    .default("extra")
    .describe("The key that node groups refer to; the network is called LAB-NAME."),
  network: existingName
    .optional()
    .describe("Use this network of the cloud, by name or id, instead of creating one."),
  cidr: cidr.default("198.51.100.0/24").describe("Subnet of a created network. No gateway."),
  mtu: mtu.optional().describe("MTU in bytes. Default: the cloud's."),
  dhcp: z.boolean().default(true).describe("Whether the cloud serves DHCP there."),
  portSecurity: portSecurity.default("unset").describe("As `ctlplane.portSecurity`."),
});

export const networks = z
  .array(extraNetwork)
  .default([])
  .describe("Networks beside the ctlplane, for nodes with more NICs.");
