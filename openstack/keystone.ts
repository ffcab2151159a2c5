import { hasStatus } from "./error";
import { Secret } from "./secret";
import type { Session } from "./session";

export interface TokenInfo {
  project: { id: string; name: string };
  user: { id: string; name: string };
  /** Names. */
  roles: string[];
  expiresAt: Date;
}

/** One call an application credential allows; `*` stands for one path segment, `**` for any. */
export interface AccessRule {
  /** Service type, such as "compute". */
  service: string;
  method: string;
  /** With the version, such as "/v2.1/servers/*" + "/action". */
  path: string;
}

export interface ApplicationCredential {
  id: string;
  name: string;
  description: string | null;
  project_id: string;
  roles: { id: string; name: string }[];
  expires_at: string | null;
  unrestricted: boolean;
  access_rules?: (AccessRule & { id: string })[];
}

export interface NewApplicationCredential {
  name: string;
  description?: string;
  /** Role names. @default every role of the creator */
  roles?: readonly string[];
  /** @default every call that the roles allow */
  accessRules?: readonly AccessRule[];
  expiresAt?: Date;
}

/** Whom and what the session acts for. */
export async function tokenInfo(session: Session, signal?: AbortSignal): Promise<TokenInfo> {
  const { project, user, roles, expires_at } = await session.identity(signal);
  return {
    project: project ?? { id: await session.projectId(signal), name: "" },
    user: { id: user.id, name: user.name },
    roles: (roles ?? []).map((role) => role.name),
    expiresAt: new Date(expires_at),
  };
}

/** Whether Keystone lets us make application credentials: one that is itself restricted, which is the default, may not. */
export async function mayMakeCredentials(session: Session, signal?: AbortSignal): Promise<boolean> {
  const { application_credential: own } = await session.identity(signal);
  return own === undefined || !own.restricted;
}

/**
 * A restricted credential for this project; Keystone gives its secret only now.
 * Throws `OpenStackError`: 409 when the name is taken, 403 when the session itself uses a restricted application credential.
 */
export async function createApplicationCredential(
  session: Session,
  { name, description, roles, accessRules, expiresAt }: NewApplicationCredential,
  signal?: AbortSignal,
): Promise<ApplicationCredential & { secret: Secret }> {
  const { application_credential: created } = await session.request<{
    application_credential: ApplicationCredential & { secret: string };
  }>("identity", "POST", await credentialsPath(session, signal), {
    json: {
      application_credential: {
        name,
        description,
        roles: roles?.map((role) => ({ name: role })),
        access_rules: accessRules,
        // Keystone wants no zone designator: the time is UTC.
        expires_at: expiresAt?.toISOString().replace(/Z$/, ""),
        unrestricted: false,
      },
    },
    signal,
    field: "application_credential",
  });
  return { ...created, secret: new Secret(created.secret) };
}

/** Those of the session's own user, whose they always are, for whatever project. */
export async function listApplicationCredentials(
  session: Session,
  signal?: AbortSignal,
): Promise<ApplicationCredential[]> {
  const { application_credentials } = await session.request<{
    application_credentials: ApplicationCredential[];
  }>("identity", "GET", await credentialsPath(session, signal), {
    signal,
    field: "application_credentials",
  });
  return application_credentials;
}

/** With the access rules that nothing else uses: Keystone would leave them behind. False when it was gone already. */
export async function deleteApplicationCredential(
  session: Session,
  id: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const path = `${await credentialsPath(session, signal)}/${encodeURIComponent(id)}`;
  let rules: { id: string }[];
  try {
    const found = await session.request<{ application_credential: ApplicationCredential }>(
      "identity",
      "GET",
      path,
      {
        signal,
        field: "application_credential",
      },
    );
    rules = found.application_credential.access_rules ?? [];
    await session.request("identity", "DELETE", path, { signal });
  } catch (error) {
    if (hasStatus(error, 404)) return false;
    throw error;
  }
  for (const rule of rules) {
    const rulePath = `/users/${await userId(session, signal)}/access_rules/${encodeURIComponent(rule.id)}`;
    // 403: another credential of the user has the same rule, which Keystone stores once.
    await session.request("identity", "DELETE", rulePath, { okStatus: [204, 403, 404], signal });
  }
  return true;
}

async function credentialsPath(session: Session, signal?: AbortSignal): Promise<string> {
  return `/users/${await userId(session, signal)}/application_credentials`;
}

async function userId(session: Session, signal?: AbortSignal): Promise<string> {
  return encodeURIComponent((await session.identity(signal)).user.id);
}
