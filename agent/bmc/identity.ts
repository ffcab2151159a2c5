import { readFileSync } from "node:fs";
import type { AuthOptions } from "../../openstack/auth";
import { Secret } from "../../openstack/secret";
import { parseEnvFile } from "../service/envFile";

/**
 * The application credential by which the agent logs in. It reads no password, token, clouds.yaml, proxy or OS_CACERT:
 * `openstack/auth.ts`, which does, takes 3000 of user data's characters, and a lab's agent is given a credential.
 * @param file lines of NAME=VALUE that win over the environment's
 * @throws Error with everything that is wrong, or when the file cannot be read
 */
export function agentIdentity(
  file: string | undefined,
  env: NodeJS.ProcessEnv,
): { auth: AuthOptions; secret: Secret } {
  const values = { ...env, ...(file !== undefined && parseEnvFile(readFileSync(file, "utf8"), file)) };
  const problems: string[] = [];
  const need = (name: string): string => {
    const value = values[name];
    if (!value) problems.push(`${name} is missing.`);
    return value ?? "";
  };
  const authUrl = need("OS_AUTH_URL");
  if (authUrl && !/^https?:\/\//.test(authUrl)) problems.push("OS_AUTH_URL is not an http or https URL.");
  const id = need("OS_APPLICATION_CREDENTIAL_ID");
  const secret = new Secret(need("OS_APPLICATION_CREDENTIAL_SECRET"));
  if (problems.length > 0) {
    if (values.OS_CLOUD) problems.push("It reads no clouds.yaml: OS_CLOUD is not used.");
    throw new Error(["The OpenStack credentials cannot be used:", ...problems].join("\n  - "));
  }
  const auth: AuthOptions = {
    authUrl,
    method: { kind: "applicationCredential", credential: { id }, secret },
    region: values.OS_REGION_NAME || undefined,
    interface: (values.OS_INTERFACE as AuthOptions["interface"]) || "public",
    verify: true,
    source: "the environment",
  };
  return { auth, secret };
}
