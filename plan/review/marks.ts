import type { PlanDiff, ResourceChange } from "./planDiff";
import type { ResourceType } from "./resource";

/** What a change does to a thing, for a picture; "resized": changed in place, and the server is shut down and started for it. */
export type Mark = "created" | "changed" | "resized" | "replaced" | "deleted";

/** What a change does to a resource; undefined: nothing, or there is no change to show. */
export type MarkOf = (type: ResourceType, name: string) => Mark | undefined;

export function marksOf(diff: PlanDiff | undefined): MarkOf {
  const marks = new Map(
    (diff?.changes ?? []).map((change) => [`${change.type} ${change.name}`, markOf(change)]),
  );
  const told = new Set((diff?.handedOver ?? []).map(({ name }) => `server ${name}`));
  return (type, name) =>
    marks.get(`${type} ${name}`) ?? (told.has(`${type} ${name}`) ? "changed" : undefined);
}

function markOf({ action, restarts }: ResourceChange): Mark {
  if (action === "update") return restarts ? "resized" : "changed";
  return ({ create: "created", delete: "deleted", replace: "replaced" } as const)[action];
}

/** Of a network that the lab makes: its own or its subnet's. */
export function networkMark(
  network: { readonly name: string; readonly subnet?: { readonly name: string } },
  mark: MarkOf,
): Mark | undefined {
  return network.subnet && (mark("network", network.name) ?? mark("subnet", network.subnet.name));
}

/** The mark of a whole: its own, or else that something of it changes. */
export function whole(own: Mark | undefined, parts: readonly (Mark | undefined)[]): Mark | undefined {
  return own ?? (parts.some(Boolean) ? "changed" : undefined);
}
