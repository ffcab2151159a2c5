import { expiryOf } from "../../plan/expiry";
import { labOfDescription, labOfTags } from "../../plan/labTag";
import type { Kind, Resource } from "./tenantInventory";

/** Something that a lab made, and how that is known. */
export interface Leftover {
  readonly resource: Resource;
  readonly lab: string;
  readonly because: "tag" | "description" | "relation" | "state";
}

/** What is the lab's and cannot go, because something that is not the lab's depends on it. */
export interface Kept {
  readonly resource: Resource;
  readonly lab: string;
  /** What stands in the way, in words. */
  readonly why: string;
}

export interface LabLeftovers {
  readonly lab: string;
  readonly leftovers: readonly Leftover[];
  readonly kept: readonly Kept[];
  /** When the youngest of it was made, in milliseconds since 1970; undefined where the cloud does not say. */
  readonly madeMs?: number;
  /** When it may go, in milliseconds since 1970; undefined: it has no expiry. */
  readonly expiresMs?: number;
}

/** What a state file adds: ids that it knows, and whose they are. */
export type KnownIds = ReadonlyMap<string, string>;

/** Kinds that Neutron tags in a call after the one that makes them. */
const taggedLater: readonly Kind[] = ["floating IP", "port", "router", "security group", "subnet", "network"];

/**
 * Sorts what the tenant has by the lab that made it. What belongs to no lab is in none of the answers.
 *
 * A resource is a lab's when it has the tags "ovb" and "ovb:lab=NAME". One without any tag is a lab's when it is of a
 * kind that takes its tags after its birth and was born with the lab's mark in its description and the lab's name in
 * front of its own; an application credential, which has no tags ever, likewise; and a router's interface when the
 * subnet that it is on is the lab's. A name alone is never enough, and a tag of somebody else's is a veto.
 *
 * @param known ids from a state file: these are their lab's whatever tags they have lost
 */
export function findLeftovers(tenant: readonly Resource[], known: KnownIds = new Map()): LabLeftovers[] {
  const owned = new Map<string, Leftover>();
  for (const resource of tenant) {
    const leftover = ownLeftover(resource, known);
    if (leftover) owned.set(resource.id, leftover);
  }
  for (const resource of tenant.filter(({ kind }) => kind === "router interface")) {
    const subnet = resource.subnetIds?.map((id) => owned.get(id)).find((found) => found !== undefined);
    if (subnet) owned.set(resource.id, { resource, lab: subnet.lab, because: "relation" });
  }
  const kept = blocked(tenant, owned);
  const labs = [...new Set([...owned.values()].map(({ lab }) => lab))].sort();
  return labs.map((lab) => {
    const all = [...owned.values()].filter((leftover) => leftover.lab === lab);
    const made = all.map(({ resource }) => resource.madeMs).filter((ms) => ms !== undefined);
    const madeMs = made.length === 0 ? undefined : Math.max(...made);
    return {
      lab,
      leftovers: all.filter(({ resource }) => !kept.has(resource.id)),
      kept: all
        .filter(({ resource }) => kept.has(resource.id))
        .map(({ resource }) => ({ resource, lab, why: kept.get(resource.id)! })),
      madeMs,
      expiresMs: expiryOf(
        all.flatMap(({ resource }) => resource.tags),
        madeMs,
      ),
    };
  });
}

function ownLeftover(resource: Resource, known: KnownIds): Leftover | undefined {
  const { kind, id, name, tags, description } = resource;
  const tagged = labOfTags(tags);
  if (tagged !== undefined) return { resource, lab: tagged, because: "tag" };
  const listed = known.get(id);
  if (listed !== undefined) return { resource, lab: listed, because: "state" };
  if (tags.length > 0) return undefined;
  const marked = labOfDescription(description);
  if (marked === undefined) return undefined;
  // A floating IP has no name: what it is for stands in its description.
  const named = (kind === "floating IP" ? description : name).startsWith(`${marked}-`);
  const mayLackTags = taggedLater.includes(kind) || kind === "application credential";
  return named && mayLackTags ? { resource, lab: marked, because: "description" } : undefined;
}

/** Ids of what is a lab's and must stay, as its end would be the end of something that is not; and why. */
function blocked(
  tenant: readonly Resource[],
  owned: ReadonlyMap<string, Leftover>,
): ReadonlyMap<string, string> {
  const kept = new Map<string, string>();
  const foreign = tenant.filter(({ id }) => !owned.has(id));
  const keep = (id: string | undefined, other: Resource, relation: string) => {
    if (id !== undefined && owned.has(id))
      kept.set(id, `the ${other.kind} ${other.name || other.id} ${relation}, and is none of the lab's`);
  };
  for (const other of foreign) {
    if (other.kind === "router interface") {
      // On somebody else's subnet, whose way out the lab's router would be.
      keep(other.deviceId, other, "is on it");
    }
    // Ports of Neutron's own (DHCP, router gateways) come and go with what they serve.
    if (other.kind === "port" && !other.deviceOwner?.startsWith("network:")) {
      keep(other.networkId, other, "is on it");
      for (const id of other.subnetIds ?? []) keep(id, other, "has an address of it");
    }
    if (other.kind === "subnet") keep(other.networkId, other, "is on it");
  }
  return kept;
}
