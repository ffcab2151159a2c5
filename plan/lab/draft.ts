import { expiryTag } from "./expiry";
import { isHost } from "./ipv4";
import { type Layout, layout } from "./layout";
import type { LabConfig } from "./schema/configSchema";
import { labTag, ovbTag, type Role, roleTag } from "./tags";

/** What every part of the planner works from. */
export interface Draft {
  readonly config: LabConfig;
  readonly where: Layout;
}

export function draftOf(config: LabConfig): Draft {
  return { config, where: layout(config) };
}

/** LAB-PART-PART. */
export function nameOf({ config }: Draft, ...parts: string[]): string {
  return [config.lab, ...parts].join("-");
}

/** Of everything of the lab. */
export function labTags({ config: { lab, expires, tags } }: Draft): readonly string[] {
  return [...new Set([ovbTag, labTag(lab), ...(expires ? [expiryTag(expires)] : []), ...tags])];
}

/** @param own of the server, or of its group */
export function serverZone({ config }: Draft, own: string | undefined): { availabilityZone?: string } {
  const availabilityZone = own ?? config.availabilityZones.servers;
  return availabilityZone === undefined ? {} : { availabilityZone };
}

/** Of what the lab makes of a kind. */
export function neutronZones(
  { config }: Draft,
  kind: "networks" | "routers",
): { availabilityZones?: readonly string[] } {
  const availabilityZones = config.availabilityZones[kind];
  return availabilityZones.length === 0 ? {} : { availabilityZones };
}

/** Of a server, and of its ports. */
export function roleTags(draft: Draft, role: Role): readonly string[] {
  return [...labTags(draft), roleTag(role)];
}

/** Whether nodes reach the metadata address at the undercloud. One elsewhere, not on the ctlplane, can be sent nothing. */
export function hasMetadataRoute({ config, where }: Draft): boolean {
  return config.ctlplane.metadataRoute && isHost(where.ctlplane, where.undercloud);
}
