import { endpointOf, type Service } from "../../openstack/endpoints";
import { tokenInfo } from "../../openstack/keystone";
import { type Check, fail, ok, warn } from "./check";
import type { Tenant } from "./tenant";

/** What a lab is made of. Keystone has answered by then. */
const needed: readonly Service[] = ["compute", "network", "image"];

const kinds = { password: "password", applicationCredential: "application credential", token: "token" };

/** Shorter than `up`, with room for a slow cloud; a token that Session cannot renew must last for it. Milliseconds. */
const leastLifetime = 3_600_000;

/** Who we are, and whether the catalogue leads to the services. @throws OpenStackError where Keystone refuses */
export async function checkIdentity({ session, signal, plan }: Tenant): Promise<Check[]> {
  const { auth } = session;
  const { user, project, roles, expiresAt } = await tokenInfo(session, signal);
  const who = `user ${user.name}, project ${project.name || project.id}, roles ${roles.join(", ") || "none"}`;
  const checks = [ok("authentication", `${who}; ${kinds[auth.method.kind]} of ${auth.source}`)];
  if (auth.method.kind === "token" && expiresAt.getTime() - session.now() < leastLifetime) {
    const advice = "Use a password or an application credential, which are renewed; or issue a fresh token.";
    checks.push(warn("token", `expires at ${expiresAt.toISOString()} and cannot be renewed`, advice));
  }
  const { catalog = [], application_credential: used } = await session.identity(signal);
  if (plan.bmc?.credential === "made") checks.push(judgeCredential(used?.restricted ?? false));
  const choice = { region: auth.region, interface: auth.interface, projectId: project.id };
  for (const service of needed) {
    const name = `endpoint of ${service}`;
    try {
      checks.push(ok(name, endpointOf(catalog, service, choice)));
    } catch (error) {
      checks.push(
        fail(name, (error as Error).message, "Set what the message names, or ask the cloud's operator."),
      );
    }
  }
  return checks;
}

/** Whether the program can make the application credential of the BMC's agent. */
export function judgeCredential(isRestricted: boolean): Check {
  const name = "the BMC's application credential";
  if (!isRestricted) return ok(name, "can be made by these credentials");
  const advice =
    "Make one yourself and set ovb:bmc.credential, use a password, or set ovb:bmc.enabled to false.";
  return fail(name, "cannot be made: a restricted application credential may make no other", advice);
}
