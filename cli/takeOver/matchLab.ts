import { undercloudUserData } from "../../plan/guest/undercloudUserData";
import type { LabPlan } from "../../plan/lab/labPlan";
import { bullets, ProblemsError } from "../../plan/problemsError";
import { plannedResources } from "../../plan/review/plannedResources";
import type { PlannedResource, ResourceType } from "../../plan/review/resource";
import { type Claim, foreignResources } from "../../tenant/claim";
import type { Kind, Resource } from "../../tenant/inventory";
import { markOf } from "../../tenant/whose";
import { secretPlaceholder } from "../stack/stackConfig";
import type { CloudParts } from "./cloudParts";

/** Something of the plan, by Pulumi's type and name. */
export type Planned = Pick<PlannedResource, "type" | "name">;

/** What a take-over does with a lab that is another stack's, or of a state that is lost. */
export interface TakeOver {
  readonly lab: string;
  /** The mark of the stack that made it; undefined: a version without marks did. */
  readonly owner?: string;
  /** Goes into the state as it is. The id is the one that the provider knows it by. */
  readonly taken: readonly (Planned & { readonly id: string })[];
  /** Is deleted, and made anew: its user data hold secrets that only the lost state had. */
  readonly removed: readonly Resource[];
  /** Planned, and not on the cloud (any more): it is made. */
  readonly made: readonly Planned[];
  /** Bears the lab's mark and is not planned: it is left alone. */
  readonly beside: readonly Resource[];
  /** There is something of it that this stack has not got. */
  readonly isForeign: boolean;
}

/** Kinds that are known by their name alone. */
const kinds: Partial<Record<ResourceType, Kind>> = {
  network: "network",
  subnet: "subnet",
  router: "router",
  "security group": "security group",
  port: "port",
  "floating IP": "floating IP",
  server: "server",
  image: "image",
  credential: "application credential",
};

/**
 * Matches what the tenant has of a lab's name with the plan. Pure.
 * @param claim what this stack's state proves: a take-over that was killed goes on from there
 * @throws Error where it cannot be said what is whose, or which of several is meant
 */
export function matchLab(
  plan: LabPlan,
  tenant: readonly Resource[],
  parts: CloudParts,
  claim: Claim,
): TakeOver {
  const foreign = foreignResources(tenant, claim);
  const owner = onlyOwner(plan.name, foreign);
  const planned = plannedResources(plan);
  const removed = foreign.filter((one) => isMadeAnew(plan, one));
  // What bears this stack's mark and is not in its state, a killed run left: that is recover()'s to remove.
  const own = tenant.filter((one) => markOf(one)?.lab === plan.name && claim.ids.has(one.id));
  const candidates = [...new Set([...foreign, ...own])].filter((one) => !removed.includes(one));
  const ids = new Map<string, string>();
  const ambiguous: string[] = [];
  for (const [key, { type, name, fields }] of planned) {
    const kind = kinds[type];
    if (!kind) continue;
    // An image has a name of its own in the plan.
    const called = (type === "image" && fields.name?.value) || name;
    // The router's port has become the router's interface.
    const isKind = (one: Resource) =>
      one.kind === kind || (kind === "port" && one.kind === "router interface");
    const found = candidates.filter((one) => isKind(one) && nameOf(one) === called);
    if (found.length > 1) ambiguous.push(`${kind} ${called}: ${found.map(({ id }) => id).join(" and ")}`);
    else if (found[0]) ids.set(key, found[0].id);
  }
  if (ambiguous.length > 0)
    throw new Error(
      `The tenant has more than one of the same name, so nothing was changed: which is the lab's ${plan.name}?\n` +
        `${bullets(ambiguous)}\nDelete those that are not, with the openstack client, and run the command again.`,
    );
  for (const [key, resource] of planned) {
    const id = partId(resource, ids, tenant, parts);
    if (id !== undefined) ids.set(key, id);
  }
  checkReadable(candidates, ids, parts);
  const known = new Set(ids.values());
  const described = ({ type, name }: PlannedResource): Planned => ({ type, name });
  return {
    lab: plan.name,
    owner,
    taken: [...planned]
      .filter(([key]) => ids.has(key))
      .map(([key, one]) => ({ ...described(one), id: ids.get(key)! })),
    removed,
    made: [...planned].filter(([key]) => !ids.has(key)).map(([, one]) => described(one)),
    beside: foreign.filter((one) => !known.has(one.id) && !removed.includes(one)),
    isForeign: foreign.length > 0,
  };
}

/** Nova's statuses that the provider reads a server in (resource_openstack_compute_instance_v2.go, 1.54.1 and 3.4.0). */
const readable = ["ACTIVE", "SHUTOFF", "ERROR", "MIGRATING", "SHELVED", "SHELVED_OFFLOADED"];

/** @throws Error where a server is in the middle of something, such as a network boot */
function checkReadable(
  candidates: readonly Resource[],
  ids: ReadonlyMap<string, string>,
  { statuses }: CloudParts,
): void {
  const taken = new Set(ids.values());
  const list = candidates.flatMap(({ id, name, kind }) => {
    const status = kind === "server" && taken.has(id) ? statuses.get(id) : undefined;
    if (status === undefined || readable.includes(status)) return [];
    const way =
      status === "RESCUE" ? `\`openstack server unrescue ${id}\` ends it` : "wait until it has ended";
    return [`${name} is in ${status}: ${way}`];
  });
  if (list.length > 0)
    throw new ProblemsError(
      "A server can be taken over that runs or is off, so nothing was changed (a network boot is Nova's RESCUE):",
      list,
    );
}

/**
 * The BMC, its credential and an undercloud with Ironic: what they know is in the lost state alone, and others are made with
 * it. An undercloud of another kind, whose user data the configuration has, is taken over.
 */
function isMadeAnew(plan: LabPlan, { kind, name }: Resource): boolean {
  const { undercloud, bmc } = plan;
  if (kind === "application credential") return name === bmc?.name;
  if (kind !== "server") return false;
  return name === bmc?.name || (name === undercloud?.name && !hasUserData(plan));
}

/** An encrypted value of the configuration is not known here. */
function hasUserData(plan: LabPlan): boolean {
  return !plan.undercloud?.ironic && !undercloudUserData(plan)?.includes(secretPlaceholder);
}

/** A floating IP has no name: what it is for is the first word of its description. */
function nameOf({ kind, name, description }: Resource): string {
  return kind === "floating IP" ? description.split(" ")[0]! : name;
}

/** The id of what bears no mark and belongs to something that does, as the provider builds it. */
function partId(
  { type, name, fields }: PlannedResource,
  ids: ReadonlyMap<string, string>,
  tenant: readonly Resource[],
  parts: CloudParts,
): string | undefined {
  const idIn = (field: string) => {
    const key = fields[field]?.of;
    return key === undefined ? undefined : ids.get(key);
  };
  switch (type) {
    case "route": {
      const [subnet, destination, hop] = [
        idIn("subnet"),
        fields.destination?.value,
        fields["next hop"]?.value,
      ];
      const there = parts.routes.some(
        (route) => route.subnetId === subnet && route.destination === destination && route.nexthop === hop,
      );
      return there ? `${subnet}-route-${destination}-${hop}` : undefined;
    }
    case "router interface": {
      const [router, subnet, port] = [idIn("router") ?? parts.existingRouter, idIn("subnet"), idIn("port")];
      if (router === undefined || (subnet === undefined && port === undefined)) return undefined;
      return tenant.find(
        ({ kind, id, deviceId, subnetIds = [] }) =>
          kind === "router interface" &&
          deviceId === router &&
          (id === port || (subnet !== undefined && subnetIds.includes(subnet))),
      )?.id;
    }
    case "rule": {
      const group = idIn("security group");
      return parts.rules.find((rule) => rule.groupId === group && rule.description === name)?.id;
    }
    case "association": {
      const [address, port] = [idIn("floating IP"), idIn("port")];
      const there = parts.associations.some((one) => one.id === address && one.portId === port);
      return there && port !== undefined ? address : undefined;
    }
    default:
      return undefined;
  }
}

/** @throws Error where several stacks have made something of the lab's name */
function onlyOwner(lab: string, foreign: readonly Resource[]): string | undefined {
  const owners = [...new Set(foreign.map((one) => markOf(one)?.owner))].filter((one) => one !== undefined);
  if (owners.length <= 1) return owners[0];
  throw new ProblemsError(
    `Several stacks have made a lab ${lab} on this tenant, and one lab can be taken over; nothing was changed. These show ` +
      "what is whose, and without --dry-run remove it:",
    owners.sort().map((mark) => `npx ovb sweep --lab ${lab} --owner ${mark} --dry-run`),
  );
}
