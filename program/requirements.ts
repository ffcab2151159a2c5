import { RunError } from "@pulumi/pulumi";
import { bullets } from "../plan/problemsError";
import { checkRequirements } from "../tenant/fit/requirements";
import type { Tenant } from "../tenant/fit/tenant";

/**
 * Before anything is made: looks whether the tenant can have this lab, as far as that shows.
 * @param tenant absent: nobody can look
 * @throws RunError with everything that the cloud would refuse half way, and what to change
 */
export async function requireTenant(tenant: Tenant | undefined): Promise<void> {
  if (!tenant) return;
  const checks = await checkRequirements(tenant);
  // A service that does not answer says so again where it is needed, or is not needed.
  const failed = checks.filter(({ status, unanswered }) => status === "fail" && !unanswered);
  if (failed.length === 0) return;
  const lines = failed.map(({ name, message, advice }) => `${name}: ${message}. ${advice}`);
  throw new RunError(`This cloud would refuse the lab half way; nothing was created:\n${bullets(lines)}`);
}
