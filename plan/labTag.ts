/*
 * How a resource says whose it is. Its tags do, and they alone for whatever is born with them: servers and images.
 * Neutron takes tags in a second call only (PUT .../tags), so a run that is killed in between leaves a resource
 * without any. Its description is part of the first call, so it carries the lab's tag as well, and `ovb sweep` knows
 * such a resource by it.
 */

/** On everything of every lab. */
export const ovbTag = "ovb";

const labTagPrefix = "ovb:lab=";

/** The tag that tells one lab from another. */
export function labTag(lab: string): string {
  return `${labTagPrefix}${lab}`;
}

/** What a server or port of the lab is. */
export type Role = "undercloud" | "bmc" | "node";

export function roleTag(role: Role): string {
  return `ovb:role=${role}`;
}

/** On the images of virtual CD-ROMs: they carry the lab's tag as well, and are no iPXE images. */
export const cdromTag = "ovb:cdrom";

/** The lab that these tags name; undefined when they are not one lab's. */
export function labOfTags(tags: readonly string[]): string | undefined {
  if (!tags.includes(ovbTag)) return undefined;
  const labs = tags.filter((tag) => tag.startsWith(labTagPrefix));
  return labs.length === 1 ? labs[0]!.slice(labTagPrefix.length) : undefined;
}

/**
 * The description of a Neutron resource of the lab that these tags name.
 * @param text what it is, for people; the lab's tag follows in parentheses
 */
export function describeResource(tags: readonly string[], text?: string): string {
  const mark = tags.find((tag) => tag.startsWith(labTagPrefix))!;
  return text === undefined ? mark : `${text} (${mark})`;
}

/** The lab that a description names, as `describeResource` wrote it; undefined for any other. */
export function labOfDescription(description: string): string | undefined {
  return /^(?:.* \()?ovb:lab=([a-z][a-z0-9-]*)\)?$/s.exec(description)?.[1];
}
