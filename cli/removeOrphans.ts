import type { Session } from "../openstack/session";
import type { LabStack } from "./labStack";
import { findLeftovers } from "./sweep/leftovers";
import { removeLeftovers } from "./sweep/removeLeftovers";
import { tenantInventory } from "./sweep/tenantInventory";

/** Of `pulumi stack history --json`, newest first. */
interface Update {
  readonly result: string;
  /** RFC 3339. */
  readonly startTime: string;
}

/** How far the clocks of this machine and of the cloud may differ. */
const skewMs = 10 * 60_000;

/** Failed runs in a row that are looked at. */
const mostUpdates = 20;

/**
 * After a `pulumi` that failed: deletes what the cloud made while the answer was lost on its way (a reset connection, a
 * gateway's 502). The provider reports a failure, so the state knows nothing of it; a second one would be made, or be
 * refused for ever, as the first has its MAC and address. It is the lab's by its tags, the state does not know it, and it
 * was made since the failed runs began.
 * @param known ids in the stack's state
 * @returns whether the last run failed
 * @throws Error naming what could not be deleted
 */
export async function removeOrphans(
  stack: LabStack,
  session: Session,
  labs: readonly string[],
  known: ReadonlySet<string | undefined>,
  report: (line: string) => void,
): Promise<boolean> {
  const sinceMs = await failedSince(stack);
  if (sinceMs === undefined) return false;
  const leftovers = findLeftovers(await tenantInventory(session))
    .filter(({ lab }) => labs.includes(lab))
    .flatMap((found) => found.leftovers)
    .filter(({ resource }) => !known.has(resource.id) && (resource.madeMs ?? 0) >= sinceMs - skewMs);
  if (leftovers.length === 0) return true;
  report(
    `the last run failed and left ${leftovers.length} resources that it does not know of: deleting them`,
  );
  const { signal } = new AbortController();
  const { failures } = await removeLeftovers(
    session,
    leftovers,
    ({ resource: { kind, name, id } }) => report(`deleted the ${kind} ${name} (${id})`),
    signal,
  );
  if (failures.length === 0) return true;
  const list = failures.map(({ leftover, error }) => `  - ${leftover.resource.name}: ${error.message}`);
  throw new Error(`What a failed run left could not be deleted; run the command again:\n${list.join("\n")}`);
}

/** When the failed runs before this one began, in milliseconds since 1970; undefined when the last one did not fail. */
async function failedSince(stack: LabStack): Promise<number | undefined> {
  const args = ["stack", "history", "--json", "--page-size", `${mostUpdates}`];
  const text = await stack.pulumi(args, { output: "capture" });
  const updates = JSON.parse(text.trim() || "[]") as Update[];
  const worked = updates.findIndex(({ result }) => result !== "failed");
  const failed = worked === -1 ? updates : updates.slice(0, worked);
  return failed.length === 0 ? undefined : Math.min(...failed.map(({ startTime }) => Date.parse(startTime)));
}
