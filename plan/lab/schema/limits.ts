import { z } from "zod";
import { limit } from "./values";

export const limits = z
  .strictObject({
    instances: limit.optional().describe("Servers."),
    networks: limit.optional().describe("Networks."),
    subnets: limit.optional().describe("Subnets."),
    ports: limit.optional().describe("Ports."),
    routers: limit.optional().describe("Routers."),
    floatingIps: limit.optional().describe("Floating IPs."),
    securityGroups: limit.optional().describe("Security groups."),
    securityGroupRules: limit.optional().describe("Rules, Neutron's two egress defaults a group included."),
  })
  .prefault({})
  .describe(
    "What the tenant's quota leaves for this lab; a plan that needs more is refused before it starts.",
  );
