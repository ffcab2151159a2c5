import { homedir } from "node:os";
import { join } from "node:path";
import { readCloud } from "./clouds";
import { type ProxySettings, proxySettings } from "./proxy";
import { Secret } from "./secret";

/** By id alone, or by name within a domain: what Keystone accepts for a user or a project. */
export type Reference = { id: string } | { name: string; domain: { id: string } | { name: string } };

export type AuthMethod =
  | { kind: "password"; user: Reference; password: Secret; project: Reference }
  | {
      kind: "applicationCredential";
      credential: { id: string } | { name: string; user: Reference };
      secret: Secret;
    }
  | { kind: "token"; token: Secret; project: Reference };

export type Interface = "public" | "internal" | "admin";

/** Everything a Session needs to know who it is and which endpoints to take. Holds no secret that prints. */
export interface AuthOptions {
  /** As given: with or without /v3. */
  authUrl: string;
  method: AuthMethod;
  /** Required only where the catalogue lists several. */
  region?: string;
  interface: Interface;
  /** Certificates to trust beside Node's own: a file, or their text. */
  caFile?: string;
  /** False when the user asked for no certificate check. */
  verify: boolean;
  /** Absent: go to the cloud directly. */
  proxy?: ProxySettings;
  /** Where the credentials came from, for messages: "the environment", or `cloud "x" of /path/clouds.yaml`. */
  source: string;
}

/** Credentials are missing or contradictory; `problems` has one sentence each, all of them at once. */
export class CredentialsError extends Error {
  override readonly name = "CredentialsError";

  constructor(readonly problems: string[]) {
    super(
      ["The OpenStack credentials cannot be used:", ...problems.map((problem) => `  - ${problem}`)].join(
        "\n",
      ),
    );
  }
}

/** Settings under their clouds.yaml names, and how to call each of them in a message. */
interface Settings {
  get(key: string): string | undefined;
  label(key: string): string;
  source: string;
}

/**
 * Who we are, from OS_CLOUD (clouds.yaml and secure.yaml) or else from OS_AUTH_URL and its companions, as `openstack` takes them.
 * With OS_CLOUD, the environment still gives what the file lacks of password, secret and token, and OS_REGION_NAME, OS_INTERFACE, OS_CACERT
 * and OS_INSECURE win over the file.
 * Throws `CredentialsError`.
 */
export function authFromEnvironment(env: NodeJS.ProcessEnv = process.env, cwd = process.cwd()): AuthOptions {
  const settings = env.OS_CLOUD ? fromFile(env.OS_CLOUD, env, cwd) : fromVariables(env);
  const problems: string[] = [];
  const authUrl = authUrlOf(settings, problems);
  const method = methodOf(settings, problems);
  // Of the two names in clouds.yaml the provider prefers endpoint_type.
  const named = env.OS_INTERFACE || env.OS_ENDPOINT_TYPE;
  const chosen = interfaceOf(named || settings.get("endpoint_type") || settings.get("interface"), problems);
  if (authUrl === undefined || method === undefined || problems.length > 0) {
    throw new CredentialsError(problems);
  }
  const caFile = env.OS_CACERT || settings.get("cacert");
  return {
    authUrl,
    method,
    region: env.OS_REGION_NAME || settings.get("region_name"),
    interface: chosen,
    caFile: caFile?.startsWith("~/") ? join(env.HOME || homedir(), caFile.slice(2)) : caFile,
    verify: verifyOf(env, settings),
    proxy: proxySettings(env),
    source: settings.source,
  };
}

function fromVariables(env: NodeJS.ProcessEnv): Settings {
  const variable = (key: string) => `OS_${key.toUpperCase()}`;
  return { get: (key) => env[variable(key)] || undefined, label: variable, source: "the environment" };
}

const secrets = ["password", "application_credential_secret", "token"];

function fromFile(cloud: string, env: NodeJS.ProcessEnv, cwd: string): Settings {
  let entry: ReturnType<typeof readCloud>;
  try {
    entry = readCloud(cloud, env, cwd);
  } catch (error) {
    throw new CredentialsError([(error as Error).message]);
  }
  const variables = fromVariables(env);
  return {
    get: (key) => entry.settings[key] ?? (secrets.includes(key) ? variables.get(key) : undefined),
    label: (key) =>
      secrets.includes(key)
        ? `clouds.${cloud}.auth.${key} in clouds.yaml or secure.yaml, or ${variables.label(key)}`
        : `clouds.${cloud}.auth.${key} in ${entry.file}`,
    source: `cloud "${cloud}" of ${entry.file}`,
  };
}

function authUrlOf(settings: Settings, problems: string[]): string | undefined {
  const text = settings.get("auth_url");
  if (text === undefined) {
    problems.push(
      settings.source !== "the environment" && settings.get("profile")
        ? `${settings.label("auth_url")} is missing (vendor profiles are not read here): copy Keystone's URL from the profile.`
        : `${settings.label("auth_url")} is missing: set it to Keystone's URL, such as https://cloud.example:5000/v3` +
            (settings.source === "the environment"
              ? ", or set OS_CLOUD to the name of a cloud in clouds.yaml."
              : "."),
    );
    return undefined;
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    problems.push(
      `${settings.label("auth_url")} is not an http or https URL: set it to Keystone's, such as https://cloud.example:5000/v3.`,
    );
  } else if (/\/auth\/tokens\/*$/.test(url.pathname)) {
    problems.push(
      `${settings.label("auth_url")} ends in /auth/tokens, which clients add by themselves: take it off, such as https://cloud.example:5000/v3.`,
    );
  } else if (url.username !== "" || url.password !== "") {
    problems.push(
      `${settings.label("auth_url")} has a user or password in it: take them out and use ${settings.label("username")} and ${settings.label("password")}.`,
    );
  }
  return text;
}

function methodOf(settings: Settings, problems: string[]): AuthMethod | undefined {
  const kind = kindOf(settings, problems);
  const before = problems.length;
  if (kind === "password") {
    const password = need(settings, "password", "or use an application credential", problems);
    const user = userOf(settings, problems);
    const project = projectOf(settings, problems);
    return problems.length === before
      ? { kind, user: user!, password: new Secret(password!), project: project! }
      : undefined;
  }
  if (kind === "token") {
    const token = need(settings, "token", "get one with `openstack token issue`", problems);
    const project = projectOf(settings, problems);
    return problems.length === before ? { kind, token: new Secret(token!), project: project! } : undefined;
  }
  if (kind === "applicationCredential") {
    const secret = need(
      settings,
      "application_credential_secret",
      "Keystone shows it once, when the credential is created",
      problems,
    );
    const id = settings.get("application_credential_id");
    const name = settings.get("application_credential_name");
    if (id === undefined && name === undefined) {
      problems.push(
        `${settings.label("application_credential_id")} is missing: set it, or application_credential_name together with the user.`,
      );
    }
    const user = id === undefined && name !== undefined ? userOf(settings, problems) : undefined;
    return problems.length === before
      ? {
          kind,
          credential: id === undefined ? { name: name!, user: user! } : { id },
          secret: new Secret(secret!),
        }
      : undefined;
  }
  return undefined;
}

function kindOf(settings: Settings, problems: string[]): AuthMethod["kind"] | undefined {
  const asked = settings.get("auth_type");
  switch (asked?.toLowerCase().replace(/^v3/, "")) {
    case "password":
      return "password";
    case "applicationcredential":
      return "applicationCredential";
    case "token":
      return "token";
    case undefined:
      break;
    default:
      problems.push(
        `${settings.label("auth_type")} is "${asked}": use password, v3applicationcredential or v3token.`,
      );
      return undefined;
  }
  if (["id", "name", "secret"].some((part) => settings.get(`application_credential_${part}`) !== undefined)) {
    return "applicationCredential";
  }
  return settings.get("token") !== undefined && settings.get("password") === undefined ? "token" : "password";
}

function userOf(settings: Settings, problems: string[]): Reference | undefined {
  const id = settings.get("user_id");
  if (id !== undefined) return { id };
  const name = need(settings, "username", "or set the user's id (user_id)", problems);
  const domain = domainOf(settings, "user");
  if (domain === undefined) {
    problems.push(
      `${settings.label("user_domain_name")} is missing: set it (often "Default"), or user_domain_id.`,
    );
  }
  return name === undefined || domain === undefined ? undefined : { name, domain };
}

function projectOf(settings: Settings, problems: string[]): Reference | undefined {
  const id = settings.get("project_id") ?? settings.get("tenant_id");
  if (id !== undefined) return { id };
  const name = settings.get("project_name") ?? settings.get("tenant_name");
  const domain = domainOf(settings, "project") ?? domainOf(settings, "user");
  if (name === undefined) {
    problems.push(`${settings.label("project_name")} is missing: set it, or the project's id (project_id).`);
  }
  if (
    domain === undefined &&
    (settings.get("user_id") !== undefined || settings.get("token") !== undefined)
  ) {
    // With a user given by name, the missing user domain is reported already, and stands in for this one.
    problems.push(
      `${settings.label("project_domain_name")} is missing: set it (often "Default"), or project_domain_id.`,
    );
  }
  return name === undefined || domain === undefined ? undefined : { name, domain };
}

function domainOf(settings: Settings, of: "user" | "project"): { id: string } | { name: string } | undefined {
  const id = settings.get(`${of}_domain_id`);
  const name = settings.get(`${of}_domain_name`);
  if (id !== undefined) return { id };
  if (name !== undefined) return { name };
  const fallback = settings.get("default_domain");
  return fallback === undefined ? undefined : { id: fallback };
}

function need(settings: Settings, key: string, wayOut: string, problems: string[]): string | undefined {
  const value = settings.get(key);
  if (value === undefined) problems.push(`${settings.label(key)} is missing: set it, ${wayOut}.`);
  return value;
}

function interfaceOf(text: string | undefined, problems: string[]): Interface {
  const name = (text ?? "public").replace(/URL$/, "");
  if (name !== "public" && name !== "internal" && name !== "admin") {
    problems.push(`OS_INTERFACE is "${text}": use public, internal or admin.`);
    return "public";
  }
  return name;
}

function verifyOf(env: NodeJS.ProcessEnv, settings: Settings): boolean {
  const isTrue = (text: string) => ["1", "true", "yes", "on"].includes(text.toLowerCase());
  if (env.OS_INSECURE) return !isTrue(env.OS_INSECURE);
  const insecure = settings.get("insecure");
  if (insecure !== undefined) return !isTrue(insecure);
  return isTrue(settings.get("verify") ?? "true");
}
