import { authUrl, type CloudSecrets, region } from "./config/settings";

/** Whom to log in as; user and project are in the domain Default. */
export interface Account {
  user: string;
  project: string;
  password: string;
}

export function adminAccount({ admin }: CloudSecrets): Account {
  return { user: "admin", project: "admin", password: admin };
}

/** The user a lab is built as: the role `member` of one project, no administrator. */
export function tenantAccount({ tenant }: CloudSecrets): Account {
  return { user: "tenant", project: "tenant", password: tenant };
}

/** The environment variables OpenStack's own tools, the Pulumi provider and we take an account from. */
export function accountEnvironment(account: Account): Record<string, string> {
  return {
    OS_AUTH_URL: authUrl,
    OS_USERNAME: account.user,
    OS_PASSWORD: account.password,
    OS_PROJECT_NAME: account.project,
    OS_USER_DOMAIN_NAME: "Default",
    OS_PROJECT_DOMAIN_NAME: "Default",
    OS_REGION_NAME: region,
    OS_IDENTITY_API_VERSION: "3",
    // The provider warns at every command as long as it has to guess who does load balancing.
    OS_USE_OCTAVIA: "true",
  };
}
