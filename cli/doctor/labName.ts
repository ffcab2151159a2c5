import { type Claim, ForeignLab, foreignResources } from "../../tenant/claim";
import { type Check, fail, ok } from "../../tenant/fit/check";
import type { Tenant } from "../../tenant/fit/tenant";

export const labName = "the lab's name";

/** Whether nothing of that name on the tenant is another stack's. */
export async function checkLabName(tenant: Tenant, claim: Claim): Promise<Check> {
  const foreign = foreignResources(await tenant.inventory(), claim);
  if (foreign.length === 0) return ok(labName, `${claim.lab} is this stack's, or nobody's yet`);
  const [message, ...rest] = new ForeignLab(claim, foreign, "`up` makes nothing").message.split("\n");
  return fail(labName, message!, rest.map((line) => line.trim()).join(" "));
}
