/** The cloud as the agent reaches it from its VM. */
export interface AgentCloud {
  /** Keystone's public URL. */
  readonly authUrl: string;
  readonly region?: string;
  /** PEM of a private authority that signed the cloud's certificates. */
  readonly caCertificate?: string;
  /** The user asked for no certificate check. */
  readonly insecure: boolean;
}

/** The environment file by which an agent logs in, with an application credential; it holds the secret. */
export function cloudVariables(
  { authUrl, region }: AgentCloud,
  { id, secret }: { readonly id: string; readonly secret: string },
): string {
  const variables = {
    OS_AUTH_TYPE: "v3applicationcredential",
    OS_AUTH_URL: authUrl,
    ...(region && { OS_REGION_NAME: region }),
    OS_INTERFACE: "public",
    OS_APPLICATION_CREDENTIAL_ID: id,
    OS_APPLICATION_CREDENTIAL_SECRET: secret,
  };
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}
