import { Config } from "@pulumi/pulumi";
import { type AuthOptions, authFromEnvironment } from "../openstack/auth";

/** Settings of the provider that a stack may hold (`pulumi config set openstack:cloud ...`), as the variables of the same meaning. */
const variables = {
  cloud: "OS_CLOUD",
  authUrl: "OS_AUTH_URL",
  region: "OS_REGION_NAME",
  userName: "OS_USERNAME",
  userId: "OS_USER_ID",
  password: "OS_PASSWORD",
  token: "OS_TOKEN",
  tenantName: "OS_PROJECT_NAME",
  tenantId: "OS_PROJECT_ID",
  userDomainName: "OS_USER_DOMAIN_NAME",
  userDomainId: "OS_USER_DOMAIN_ID",
  projectDomainName: "OS_PROJECT_DOMAIN_NAME",
  projectDomainId: "OS_PROJECT_DOMAIN_ID",
  defaultDomain: "OS_DEFAULT_DOMAIN",
  applicationCredentialId: "OS_APPLICATION_CREDENTIAL_ID",
  applicationCredentialName: "OS_APPLICATION_CREDENTIAL_NAME",
  applicationCredentialSecret: "OS_APPLICATION_CREDENTIAL_SECRET",
  endpointType: "OS_INTERFACE",
  cacertFile: "OS_CACERT",
  insecure: "OS_INSECURE",
} as const;

/** Whom the OpenStack provider acts for: the stack's own settings of it over the environment. @throws CredentialsError */
export function providerAuth(env: NodeJS.ProcessEnv = process.env): AuthOptions {
  const config = new Config("openstack");
  const own = Object.entries(variables).flatMap(([key, name]) => {
    const value = config.get(key);
    return value === undefined ? [] : [[name, value] as const];
  });
  return authFromEnvironment({ ...env, ...Object.fromEntries(own) });
}
