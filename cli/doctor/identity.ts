import { tokenInfo } from "../../openstack/keystone";
import { type Check, fail, ok, warn } from "../../tenant/fit/check";
import { secondCredentialNeeded, secondCredentialSteps } from "../../tenant/fit/secondCredential";
import type { Tenant } from "../../tenant/fit/tenant";

const kinds = { password: "password", applicationCredential: "application credential", token: "token" };

/** Shorter than `up`, with room for a slow cloud; a token that Session cannot renew must last for it. Milliseconds. */
const leastLifetime = 3_600_000;

/** Who we are. @throws OpenStackError where Keystone refuses */
export async function checkIdentity({ session, signal, plan }: Tenant): Promise<Check[]> {
  const { auth } = session;
  const { user, project, roles, expiresAt } = await tokenInfo(session, signal);
  const who = `user ${user.name}, project ${project.name || project.id}, roles ${roles.join(", ") || "none"}`;
  const checks = [ok("authentication", `${who}; ${kinds[auth.method.kind]} of ${auth.source}`)];
  if (auth.method.kind === "token" && expiresAt.getTime() - session.now() < leastLifetime) {
    const advice = "Use a password or an application credential, which are renewed; or issue a fresh token.";
    checks.push(warn("token", `expires at ${expiresAt.toISOString()} and cannot be renewed`, advice));
  }
  const { application_credential: used } = await session.identity(signal);
  if (plan.bmc?.credential === "made") checks.push(judgeCredential(used?.restricted ?? false, plan.bmc.name));
  return checks;
}

/** Whether the program can make the application credential of the BMC's agent. @param bmc name of the BMC's server */
export function judgeCredential(isRestricted: boolean, bmc: string): Check {
  const name = "the BMC's application credential";
  if (!isRestricted) return ok(name, "can be made by these credentials");
  return fail(
    name,
    `cannot be made: ${secondCredentialNeeded}`,
    secondCredentialSteps(bmc).join("\n        "),
  );
}
