import type { LabPlan, Totals } from "../lab/labPlan";
import { plannedResources } from "./plannedResources";
import { type Field, keyOf, type PlannedResource, type ResourceType } from "./resource";

export interface FieldChange {
  readonly field: string;
  /** Absent: not sent, or not to be shown. Of a list: what goes, and what comes. */
  readonly before?: string;
  readonly after?: string;
  /** The value may hold a password: it has changed, and that is all that is said. */
  readonly hidden?: boolean;
  /** It is the id of a resource of that type, and that is replaced. */
  readonly follows?: ResourceType;
}

export interface ResourceChange {
  readonly type: ResourceType;
  readonly name: string;
  readonly action: "create" | "delete" | "update" | "replace";
  /** A server that is shut down and started in the course of an update. */
  readonly restarts: boolean;
  /** Empty for what is created or deleted. */
  readonly fields: readonly FieldChange[];
}

/** What `ovb up` would do to a lab of the first plan to make it one of the second. */
export interface PlanDiff {
  readonly changes: readonly ResourceChange[];
  /** Changes of the configuration that do nothing to what is there already. */
  readonly ignored: readonly { readonly name: string; readonly field: string }[];
  /** What Pulumi leaves alone and `ovb up` changes on the running server. */
  readonly handedOver: readonly { readonly name: string; readonly change: FieldChange }[];
  /** Keys such as "node-0". */
  readonly nodesAdded: readonly string[];
  readonly nodesRemoved: readonly string[];
  /** Sums that differ. */
  readonly totals: readonly {
    readonly kind: keyof Totals;
    readonly before: number;
    readonly after: number;
  }[];
}

/** What a lab is compared with, and how it differs. */
export interface Comparison {
  /** undefined: the lab is new. */
  readonly before: LabPlan | undefined;
  readonly diff: PlanDiff;
}

/**
 * Compares two plans. Pure. What the provider replaces is in plannedResources.ts; a resource is also replaced when one
 * is whose id it has in a field that cannot change.
 * @param before undefined: nothing is there yet
 */
export function diffPlans(before: LabPlan | undefined, after: LabPlan): PlanDiff {
  const old = before ? plannedResources(before) : new Map<string, PlannedResource>();
  const now = plannedResources(after);
  const replaced = new Map<string, boolean>();
  /** Whether a resource that stays is replaced; one that is new has another id as well, for who refers to it. */
  const isReplaced = (key: string): boolean => {
    const known = replaced.get(key);
    if (known !== undefined) return known;
    const [was, is] = [old.get(key), now.get(key)];
    const answer =
      was !== undefined &&
      is !== undefined &&
      fieldNames(was, is).some((name) => {
        const field = is.fields[name] ?? was.fields[name]!;
        return field.effect === "replace" && changeOf(name, was, is, isReplaced) !== undefined;
      });
    replaced.set(key, answer);
    return answer;
  };

  const changes: ResourceChange[] = [];
  const ignored: PlanDiff["ignored"][number][] = [];
  const handedOver: PlanDiff["handedOver"][number][] = [];
  for (const [key, is] of now) {
    const was = old.get(key);
    const { type, name } = is;
    if (!was) {
      changes.push({ type, name, action: "create", restarts: false, fields: [] });
      continue;
    }
    const effects = fieldNames(was, is).flatMap((field) => {
      const change = changeOf(field, was, is, isReplaced);
      return change ? [{ change, effect: (is.fields[field] ?? was.fields[field]!).effect }] : [];
    });
    for (const { change, effect } of effects)
      if (effect === "none") ignored.push({ name, field: change.field });
    const real = effects.filter(({ effect }) => effect !== "none" && effect !== "handOver");
    const action = isReplaced(key) ? "replace" : "update";
    // A new server is made with all of it.
    if (action === "update")
      for (const { change, effect } of effects) if (effect === "handOver") handedOver.push({ name, change });
    // A new resource of an id that may change in place is no more than that.
    if (real.length > 0) {
      const restarts = action === "update" && real.some(({ effect }) => effect === "resize");
      changes.push({ type, name, action, restarts, fields: real.map(({ change }) => change) });
    }
  }
  for (const [key, { type, name }] of old)
    if (!now.has(key)) changes.push({ type, name, action: "delete", restarts: false, fields: [] });

  const keys = (plan: LabPlan | undefined) => (plan?.nodes ?? []).map((node) => node.key);
  const kinds = Object.keys(after.totals) as (keyof Totals)[];
  return {
    changes,
    ignored,
    handedOver,
    nodesAdded: keys(after).filter((node) => !old.has(keyOf("server", `${after.name}-${node}`))),
    nodesRemoved: keys(before).filter((node) => !now.has(keyOf("server", `${before!.name}-${node}`))),
    totals: kinds
      .map((kind) => ({ kind, before: before?.totals[kind] ?? 0, after: after.totals[kind] }))
      .filter((sum) => sum.before !== sum.after),
  };
}

function fieldNames(was: PlannedResource, is: PlannedResource): string[] {
  return [...new Set([...Object.keys(was.fields), ...Object.keys(is.fields)])];
}

function changeOf(
  field: string,
  was: PlannedResource,
  is: PlannedResource,
  isReplaced: (key: string) => boolean,
): FieldChange | undefined {
  const before: Field | undefined = was.fields[field];
  const after: Field | undefined = is.fields[field];
  if (after?.of !== undefined && after.of === before?.of)
    return isReplaced(after.of) ? { field, follows: after.ofType } : undefined;
  if (before?.value === after?.value && before?.of === after?.of) return undefined;
  if (after?.value === undefined && (after ?? before)?.computed) return undefined;
  if (before?.value === undefined && before?.usual !== undefined && before.usual === after?.value)
    return undefined;
  if ((after ?? before)?.hidden) return { field, hidden: true };
  if (before?.items && after?.items) {
    const [goes, comes] = [without(before.items, after.items), without(after.items, before.items)];
    if (goes !== comes) return { field, before: goes, after: comes };
  }
  return { field, before: before?.value, after: after?.value };
}

/** The items of the one that the other has not; undefined: none. */
function without(items: readonly string[], others: readonly string[]): string | undefined {
  return items.filter((item) => !others.includes(item)).join(", ") || undefined;
}
