import type { Account } from "./api/session";
import type { CloudSecrets } from "./config/settings";

export function adminAccount({ admin }: CloudSecrets): Account {
  return { user: "admin", project: "admin", password: admin };
}

/** The user a lab is built as: the role `member` of one project, no administrator. */
export function tenantAccount({ tenant }: CloudSecrets): Account {
  return { user: "tenant", project: "tenant", password: tenant };
}
