import type { AuthOptions, Reference } from "./auth";
import type { CatalogEntry } from "./endpoints";
import type { Secret } from "./secret";

/** Keystone's answer to a successful authentication, the fields used here (the token itself is in a header). */
export interface TokenBody {
  expires_at: string;
  issued_at: string;
  user: { id: string; name: string };
  project?: { id: string; name: string };
  roles?: { id: string; name: string }[];
  /** There where one was used. A restricted one may make no further credentials. */
  application_credential?: { id: string; name: string; restricted: boolean };
  catalog?: CatalogEntry[];
}

/** A usable token. Times are on our own clock, milliseconds. */
export interface Token {
  secret: Secret;
  body: TokenBody;
  renewAtMs: number;
}

/** The body of POST /v3/auth/tokens. Holds the secret: send it, never print it. */
export function authenticationBody(auth: AuthOptions): object {
  const { method } = auth;
  switch (method.kind) {
    case "password":
      return {
        auth: {
          identity: {
            methods: ["password"],
            password: { user: { ...method.user, password: method.password.reveal() } },
          },
          scope: { project: method.project },
        },
      };
    case "token":
      return {
        auth: {
          identity: { methods: ["token"], token: { id: method.token.reveal() } },
          scope: { project: method.project },
        },
      };
    case "applicationCredential":
      // No scope: an application credential is bound to its project, and Keystone refuses one.
      return {
        auth: {
          identity: {
            methods: ["application_credential"],
            application_credential: { ...credential(method.credential), secret: method.secret.reveal() },
          },
        },
      };
  }
}

function credential(by: { id: string } | { name: string; user: Reference }): object {
  return "id" in by ? { id: by.id } : { name: by.name, user: by.user };
}

/** A token is renewed this long before it expires, so that no request carries one that dies on the way. */
const marginMs = 120_000;

/**
 * When to renew: counted from the token's own lifetime, not from its expiry date, so that a wrong clock here does not matter.
 * A short-lived token is used for nine tenths of its life.
 */
export function renewalTime(body: TokenBody, receivedMs: number): number {
  const lifetime = Date.parse(body.expires_at) - Date.parse(body.issued_at);
  return receivedMs + lifetime - Math.min(marginMs, lifetime / 10);
}
