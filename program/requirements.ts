import { RunError } from "@pulumi/pulumi";
import type { Session } from "../openstack/session";
import type { LabPlan } from "../plan/lab/labPlan";
import type { LabConfig } from "../plan/lab/schema/configSchema";
import { bullets } from "../plan/problemsError";
import { checkRequirements } from "../tenant/fit/requirements";
import { Tenant } from "../tenant/fit/tenant";

/**
 * Before anything is made: looks whether the tenant can have this lab, as far as that shows.
 * @param session absent: nobody can look
 * @throws RunError with everything that the cloud would refuse half way, and what to change
 */
export async function requireTenant(
  session: Session | undefined,
  plan: LabPlan,
  config: LabConfig,
): Promise<void> {
  if (!session) return;
  const checks = await checkRequirements(new Tenant(session, plan, config, new AbortController().signal));
  // A service that does not answer says so again where it is needed, or is not needed.
  const failed = checks.filter(({ status, unanswered }) => status === "fail" && !unanswered);
  if (failed.length === 0) return;
  const lines = failed.map(({ name, message, advice }) => `${name}: ${message}. ${advice}`);
  throw new RunError(`This cloud would refuse the lab half way; nothing was created:\n${bullets(lines)}`);
}
