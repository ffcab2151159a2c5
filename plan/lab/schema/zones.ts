import { z } from "zod";
import { existingName } from "./values";

/** Nova reads "ZONE:HOST" as an administrator's wish. */
export const zone = existingName.refine((text) => !text.includes(":"), 'must be a zone\'s name, without ":"');

const hints = z
  .array(zone)
  .refine((zones) => new Set(zones).size === zones.length, "must name each zone once")
  .default([]);

export const availabilityZones = z
  .strictObject({
    servers: zone
      .optional()
      .describe(
        "Nova's zone of every server that has none of its own in `undercloud`, `bmc` or `nodes`. A change replaces the server.",
      ),
    networks: hints.describe("Neutron's zones for the networks that the lab makes. A change replaces them."),
    routers: hints.describe("Neutron's zones for the router that the lab makes. A change replaces it."),
  })
  .prefault({})
  .describe("Availability zones, where the cloud wants them named. Default: the cloud chooses.");
