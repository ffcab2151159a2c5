import type { Session } from "../../openstack/session";
import { ProblemsError } from "../../plan/problemsError";
import { type Claim, isOfUp } from "../../tenant/claim";
import { type Resource, tenantInventory } from "../../tenant/inventory";
import { findLeftovers, type Leftover } from "../sweep/leftovers";
import { removeLeftovers } from "../sweep/removeLeftovers";

/**
 * After a `pulumi` that was killed, or that failed: deletes what the cloud made without the state's knowing. The answer was
 * lost on its way (a reset connection, a gateway's 502), or nobody was left to write it down. A second one would be made, or
 * be refused for ever, as the first has its MAC and address. It bears this stack's mark, so that a run of this stack asked for
 * it, and the state does not know it. No name, no age and no lab's tag proves that: another stack may have them.
 * @param claims of the labs in the stack's state
 * @param router name of the cloud's router that the lab is planned to use; undefined: it has its own, or none
 * @throws Error naming what could not be deleted
 */
export async function removeOrphans(
  session: Session,
  claims: readonly Claim[],
  router: string | undefined,
  report: (line: string) => void,
): Promise<void> {
  const leftovers = findOrphans(await tenantInventory(session), claims, router);
  if (leftovers.length === 0) return;
  report(`an earlier run left ${leftovers.length} resources that the state does not know: deleting them`);
  const { signal } = new AbortController();
  const { failures } = await removeLeftovers(
    session,
    leftovers,
    ({ resource: { kind, name, id } }) => report(`deleted the ${kind} ${name} (${id})`),
    signal,
  );
  if (failures.length === 0) return;
  const list = failures.map(({ leftover, error }) => `${leftover.resource.name}: ${error.message}`);
  throw new ProblemsError("What an earlier run left could not be deleted; run the command again:", list);
}

/** What of the tenant runs of the claimants made, and their states do not know. */
export function findOrphans(
  tenant: readonly Resource[],
  claims: readonly Claim[],
  router?: string,
): Leftover[] {
  const routers = claims.map((claim) => routersOf(tenant, claim, router));
  return findLeftovers(tenant)
    .flatMap((found) => found.leftovers)
    .filter((leftover) => claims.some((claim, i) => isOrphan(leftover, claim, routers[i]!)));
}

/** Whether a run of the claimant made it, and the state does not know it. @param routers ids of those that it joins subnets to */
function isOrphan({ resource, lab, owner }: Leftover, claim: Claim, routers: ReadonlySet<string>): boolean {
  if (owner === undefined || owner !== claim.owner || lab !== claim.lab || claim.ids.has(resource.id))
    return false;
  // It bears no mark. Somebody may have joined a subnet of the lab to another router on purpose.
  if (resource.kind === "router interface") return routers.has(resource.deviceId ?? "");
  return isOfUp(resource, lab);
}

/** The routers that the claimant made, and the one of the cloud that its lab is planned to use. */
function routersOf(
  tenant: readonly Resource[],
  { ids }: Claim,
  planned: string | undefined,
): ReadonlySet<string> {
  const routers = tenant.filter(({ kind }) => kind === "router");
  return new Set(routers.filter(({ id, name }) => ids.has(id) || name === planned).map(({ id }) => id));
}
