import { expiryOf } from "../../plan/lab/expiry";
import type { Resource } from "../../tenant/inventory";
import { markOf } from "../../tenant/whose";
import type { KnownIds } from "../stack/stateFile";

/** Something that a lab made, and how that is known. */
export interface Leftover {
  readonly resource: Resource;
  readonly lab: string;
  /** Mark of the stack that made it; undefined where it bears none. */
  readonly owner?: string;
  readonly because: "tag" | "description" | "relation" | "state";
}

/** What is the lab's and cannot go, because something that is not the lab's depends on it. */
export interface Kept {
  readonly resource: Resource;
  readonly lab: string;
  /** What stands in the way, in words. */
  readonly why: string;
}

/**
 * Of one lab and one owner: two stacks' labs of one name are two. What bears no owner's mark goes with a lab's only owner,
 * and is by itself where there are several, or where servers are among it.
 */
export interface LabLeftovers {
  readonly lab: string;
  /** Undefined: made by a version that had no such mark. */
  readonly owner?: string;
  readonly leftovers: readonly Leftover[];
  readonly kept: readonly Kept[];
  /** When the youngest of it was made, in milliseconds since 1970; undefined where the cloud does not say. */
  readonly madeMs?: number;
  /** When it may go, in milliseconds since 1970; undefined: it has no expiry. */
  readonly expiresMs?: number;
}

/**
 * Sorts what the tenant has by the lab and the stack that made it: see markOf(). What belongs to no lab is in none of the
 * answers. A router's interface is whose the subnet is that it is on.
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
    if (subnet)
      owned.set(resource.id, { resource, lab: subnet.lab, owner: subnet.owner, because: "relation" });
  }
  const kept = blocked(tenant, owned);
  return labsOf([...owned.values()]).map(({ lab, owner, all }) => {
    const made = all.map(({ resource }) => resource.madeMs).filter((ms) => ms !== undefined);
    const madeMs = made.length === 0 ? undefined : Math.max(...made);
    return {
      lab,
      owner,
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

function labsOf(owned: readonly Leftover[]): { lab: string; owner?: string; all: readonly Leftover[] }[] {
  const labs = [...new Set(owned.map(({ lab }) => lab))].sort();
  return labs.flatMap((lab) => {
    const all = owned.filter((leftover) => leftover.lab === lab);
    const owners = [...new Set(all.map(({ owner }) => owner))].sort();
    const [only, ...others] = owners.filter((owner) => owner !== undefined);
    // An unmarked server may be of a lab of that name that an older version has made for somebody else.
    const isOld = ({ owner, resource }: Leftover) => owner === undefined && resource.kind === "server";
    if (only === undefined || (others.length === 0 && !all.some(isOld))) return [{ lab, owner: only, all }];
    return owners.map((owner) => ({ lab, owner, all: all.filter((leftover) => leftover.owner === owner) }));
  });
}

function ownLeftover(resource: Resource, known: KnownIds): Leftover | undefined {
  const mark = markOf(resource);
  const listed = known.get(resource.id);
  if (mark?.by !== "tag" && listed !== undefined)
    return { resource, lab: listed, owner: mark?.owner, because: "state" };
  return mark && { resource, lab: mark.lab, owner: mark.owner, because: mark.by };
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
