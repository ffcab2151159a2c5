import { labOfDescription, labOfTags, ownerOfDescription, ownerOfTags } from "../plan/lab/tags";
import type { Kind, Resource } from "./inventory";

/** Whose a resource is, by what it bears. */
export interface Mark {
  readonly lab: string;
  /** Of the stack that made it; undefined: made by a version that had no such mark. */
  readonly owner?: string;
  readonly by: "tag" | "description";
}

/** Kinds that Neutron tags in a call after the one that makes them. */
const taggedLater: readonly Kind[] = ["floating IP", "port", "router", "security group", "subnet", "network"];

/**
 * The lab and the stack that made a resource; undefined where no lab did.
 *
 * A resource is a lab's when it has the tags "ovb" and "ovb:lab=NAME". One without any tag is a lab's when it is of a
 * kind that takes its tags after its birth and was born with the lab's mark in its description and the lab's name in
 * front of its own; an application credential, which has no tags ever, likewise. A name alone is never enough, and a tag
 * of somebody else's is a veto.
 */
export function markOf({ kind, name, tags, description }: Resource): Mark | undefined {
  const tagged = labOfTags(tags);
  if (tagged !== undefined) return mark(tagged, ownerOfTags(tags), "tag");
  if (tags.length > 0) return undefined;
  const described = labOfDescription(description);
  if (described === undefined) return undefined;
  // A floating IP has no name: what it is for stands in its description.
  const named = (kind === "floating IP" ? description : name).startsWith(`${described}-`);
  const mayLackTags = taggedLater.includes(kind) || kind === "application credential";
  return named && mayLackTags ? mark(described, ownerOfDescription(description), "description") : undefined;
}

function mark(lab: string, owner: string | undefined, by: Mark["by"]): Mark {
  return { lab, ...(owner !== undefined && { owner }), by };
}
