/*
 * How a resource says whose it is: which lab it is of, and which stack made it. A lab's name is no proof: two stacks, two
 * people or a lost state can share it. The owner's mark is: the stack's name and a random id that only its state knows.
 *
 * Tags say both, and they alone for whatever is born with them: servers and images. Neutron takes tags in a second call
 * only (PUT .../tags), so a run that is killed in between leaves a resource without any. Its description is part of the
 * first call, so it carries both as well, and `ovb up` and `ovb sweep` know such a resource by it.
 */

/** On everything of every lab. */
export const ovbTag = "ovb";

const labTagPrefix = "ovb:lab=";
const ownerTagPrefix = "ovb:owner=";

/** The tag that tells one lab from another. */
export function labTag(lab: string): string {
  return `${labTagPrefix}${lab}`;
}

/** Nova's MAX_TAG_COUNT (nova/objects/instance.py), of a server. */
export const mostServerTags = 50;

/** What a server or port of the lab is. */
export type Role = "undercloud" | "bmc" | "node";

export function roleTag(role: Role): string {
  return `ovb:role=${role}`;
}

/** On the images of virtual CD-ROMs: they carry the lab's tag as well, and are no iPXE images. */
export const cdromTag = "ovb:cdrom";

/** The tag that tells one stack's resources from another's, whatever their labs are called. */
export function ownerTag(owner: string): string {
  return `${ownerTagPrefix}${owner}`;
}

/** Of the stack's name: Nova's tags have at most 60 characters, and none of "," and "/" (nova/api/validation). */
const stackCharacters = 32;
/** Of the id: 60 random bits (a UUID of version 4 has 4 fixed ones in these 16 digits). */
const idDigits = 16;

/**
 * The owner's mark: "STACK.ID".
 * @param id a UUID that the stack's state keeps
 */
export function ownerMark(stack: string, id: string): string {
  const name = stack.replace(/[^\w.-]/g, "_").slice(0, stackCharacters);
  return `${name}.${id.replaceAll("-", "").slice(0, idDigits)}`;
}

/** The stack that a mark names, in the 32 characters that it has room for. */
export function stackOfMark(owner: string): string {
  return owner.slice(0, owner.lastIndexOf("."));
}

/** The lab that these tags name; undefined when they are not one lab's. */
export function labOfTags(tags: readonly string[]): string | undefined {
  return tags.includes(ovbTag) ? onlyOne(tags, labTagPrefix) : undefined;
}

/** The owner that these tags name; undefined for what was made before there were marks, or by several. */
export function ownerOfTags(tags: readonly string[]): string | undefined {
  return onlyOne(tags, ownerTagPrefix);
}

function onlyOne(tags: readonly string[], prefix: string): string | undefined {
  const found = tags.filter((tag) => tag.startsWith(prefix));
  return found.length === 1 ? found[0]!.slice(prefix.length) : undefined;
}

/**
 * The description of a resource of the lab, and of the owner, that these tags name.
 * @param text what it is, for people; the marks follow in parentheses
 */
export function describeResource(tags: readonly string[], text?: string): string {
  const marks = [labTagPrefix, ownerTagPrefix].flatMap((prefix) =>
    tags.filter((tag) => tag.startsWith(prefix)),
  );
  return text === undefined ? marks.join(" ") : `${text} (${marks.join(" ")})`;
}

const marksInDescription = /^(?:.* \()?ovb:lab=([a-z][a-z0-9-]*)(?: ovb:owner=([\w.-]+))?\)?$/s;

/** The lab that a description names, as `describeResource` wrote it; undefined for any other. */
export function labOfDescription(description: string): string | undefined {
  return marksInDescription.exec(description)?.[1];
}

/** The owner that it names; undefined for what was made before there were marks. */
export function ownerOfDescription(description: string): string | undefined {
  return marksInDescription.exec(description)?.[2];
}
