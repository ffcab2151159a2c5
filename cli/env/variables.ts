import type { AuthMethod, AuthOptions, Reference } from "../../openstack/auth";

/** Environment variables by name; undefined: not to be set. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What `openstack` and other clients read of whoever the session is. */
export function openstackVariables({
  authUrl,
  method,
  region,
  interface: which,
  caFile,
  verify,
}: AuthOptions): Variables {
  return {
    OS_AUTH_URL: authUrl,
    OS_IDENTITY_API_VERSION: "3",
    ...methodVariables(method),
    OS_REGION_NAME: region,
    OS_INTERFACE: which,
    OS_CACERT: caFile,
    OS_INSECURE: verify ? undefined : "true",
  };
}

function methodVariables(method: AuthMethod): Variables {
  switch (method.kind) {
    case "password":
      return {
        OS_AUTH_TYPE: "password",
        ...reference("USER", "OS_USERNAME", method.user),
        OS_PASSWORD: method.password.reveal(),
        ...reference("PROJECT", "OS_PROJECT_NAME", method.project),
      };
    case "applicationCredential": {
      const { credential } = method;
      return {
        OS_AUTH_TYPE: "v3applicationcredential",
        ...("id" in credential
          ? { OS_APPLICATION_CREDENTIAL_ID: credential.id }
          : {
              OS_APPLICATION_CREDENTIAL_NAME: credential.name,
              ...reference("USER", "OS_USERNAME", credential.user),
            }),
        OS_APPLICATION_CREDENTIAL_SECRET: method.secret.reveal(),
      };
    }
    case "token":
      return {
        OS_AUTH_TYPE: "v3token",
        OS_TOKEN: method.token.reveal(),
        ...reference("PROJECT", "OS_PROJECT_NAME", method.project),
      };
  }
}

function reference(what: "USER" | "PROJECT", name: string, given: Reference): Variables {
  if ("id" in given) return { [`OS_${what}_ID`]: given.id };
  const { domain } = given;
  return {
    [name]: given.name,
    ...("id" in domain
      ? { [`OS_${what}_DOMAIN_ID`]: domain.id }
      : { [`OS_${what}_DOMAIN_NAME`]: domain.name }),
  };
}

/** Everything by which an OpenStack client chooses a cloud: what is left of another would win over ours, or contradict it. */
const known = [
  ...["OS_CLOUD", "OS_AUTH_URL", "OS_AUTH_TYPE", "OS_AUTH_METHODS", "OS_ENDPOINT", "OS_IDENTITY_API_VERSION"],
  ...["OS_USERNAME", "OS_USER_ID", "OS_PASSWORD", "OS_TOKEN", "OS_USER_DOMAIN_ID", "OS_USER_DOMAIN_NAME"],
  ...["OS_PROJECT_ID", "OS_PROJECT_NAME", "OS_TENANT_ID", "OS_TENANT_NAME", "OS_PROJECT_DOMAIN_ID"],
  ...["OS_PROJECT_DOMAIN_NAME", "OS_DEFAULT_DOMAIN", "OS_DEFAULT_DOMAIN_ID", "OS_DEFAULT_DOMAIN_NAME"],
  ...["OS_APPLICATION_CREDENTIAL_ID", "OS_APPLICATION_CREDENTIAL_NAME", "OS_APPLICATION_CREDENTIAL_SECRET"],
  ...["OS_REGION_NAME", "OS_INTERFACE", "OS_ENDPOINT_TYPE", "OS_CACERT", "OS_INSECURE"],
];

/** Lines for any shell of POSIX. @param head comments */
export function exportLines(head: readonly string[], variables: Variables): string {
  const set = Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const others = known.filter((name) => !set.some(([one]) => one === name));
  return [
    ...head.map((line) => `# ${line}`),
    `unset ${others.join(" ")}`,
    ...set.map(([name, value]) => `export ${name}=${quoted(value)}`),
    "",
  ].join("\n");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
