import { table } from "../command/table";
import type { HeldLab } from "../stack/stateFile";
import type { LabLeftovers, Leftover } from "./leftovers";
import type { Failure } from "./removeLeftovers";
import { stacksOf } from "./select";

/** "3d 4h", "2h 5m", "12m"; "?" where the cloud does not say when it was made. */
export function ageOf(madeMs: number | undefined, nowMs: number): string {
  if (madeMs === undefined) return "?";
  const minutes = Math.max(0, Math.floor((nowMs - madeMs) / 60_000));
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  if (days > 0) return `${days}d ${hours}h`;
  return hours > 0 ? `${hours}h ${minutes % 60}m` : `${minutes}m`;
}

/** What was found, oldest first, and what must stay. */
export function sweepTable(labs: readonly LabLeftovers[], held: readonly HeldLab[], nowMs: number): string {
  const byAge = (a: Leftover, b: Leftover) => (a.resource.madeMs ?? 0) - (b.resource.madeMs ?? 0);
  const all = labs.flatMap(({ leftovers }) => leftovers).sort(byAge);
  const rows = all.map(({ resource, lab, owner, because }) => [
    ageOf(resource.madeMs, nowMs),
    lab,
    owner ?? "-",
    resource.kind,
    resource.name || "-",
    resource.id,
    because,
  ]);
  const notes = labs.flatMap(({ lab, owner, leftovers, expiresMs, kept }) => [
    ...(expiresMs === undefined
      ? []
      : [`${lab} ${expiresMs <= nowMs ? "expired" : "expires"} at ${iso(expiresMs)}.`]),
    ...stacksOf({ lab, owner, leftovers }, held).map(
      (stack) =>
        `${lab} is in the state of the stack ${stack} on this machine: \`npx ovb destroy --stack ${stack}\` removes it in order.`,
    ),
    ...kept.map(({ resource, why }) => `${lab}: the ${resource.kind} ${resource.name} stays: ${why}.`),
  ]);
  if (all.length === 0 && notes.length === 0) return "No lab here matches.\n";
  const rowsShown =
    all.length > 0 ? table(["age", "lab", "owner", "kind", "name", "id", "known by"], rows) : "";
  return rowsShown + notes.map((note) => `${note}\n`).join("");
}

/**
 * The same, and what became of it, as data.
 * @param left what is there at the end: whatever is not, is removed, by us or together with something of ours
 */
export function sweepJson(
  labs: readonly LabLeftovers[],
  left: readonly LabLeftovers[],
  failed: readonly Failure[],
  dryRun: boolean,
): string {
  const there = new Set(left.flatMap(({ leftovers }) => leftovers).map(({ resource }) => resource.id));
  const failures = new Map(failed.map(({ leftover, error }) => [leftover.resource.id, error.message]));
  const shown = labs.map(({ lab, owner, leftovers, kept, madeMs, expiresMs }) => ({
    lab,
    owner,
    made: iso(madeMs),
    expires: iso(expiresMs),
    resources: [
      ...leftovers.map(({ resource, because }) => ({
        ...{ kind: resource.kind, name: resource.name, id: resource.id, made: iso(resource.madeMs) },
        knownBy: because,
        removed: !there.has(resource.id),
        error: there.has(resource.id) ? failures.get(resource.id) : undefined,
      })),
      ...kept.map(({ resource, why }) => ({
        ...{ kind: resource.kind, name: resource.name, id: resource.id, made: iso(resource.madeMs) },
        removed: false,
        stays: why,
      })),
    ],
  }));
  return `${JSON.stringify({ dryRun, labs: shown }, null, 2)}\n`;
}

function iso(ms: number): string;
function iso(ms: number | undefined): string | undefined;
function iso(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
