import { readFileSync } from "node:fs";
import { type AuthOptions, authFromEnvironment } from "../../openstack/auth";
import { parseEnvFile } from "./envFile";

/**
 * Who the process is to a cloud.
 * @param file lines of NAME=VALUE that win over the environment's
 * @throws CredentialsError, or Error when the file cannot be read
 */
export function credentials(file: string | undefined, env: NodeJS.ProcessEnv): AuthOptions {
  const values = file === undefined ? {} : parseEnvFile(readFileSync(file, "utf8"), file);
  return authFromEnvironment({ ...env, ...values });
}

/** What must not be in a log. */
export function secretOf({ method }: AuthOptions): string {
  switch (method.kind) {
    case "password":
      return method.password.reveal();
    case "applicationCredential":
      return method.secret.reveal();
    case "token":
      return method.token.reveal();
  }
}
