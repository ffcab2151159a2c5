import { createHash, randomBytes } from "node:crypto";

export interface Session {
  readonly id: string;
  readonly created: Date;
  readonly origin: string;
}

/** Seconds without a request after which a session ends. DSP0268 wants 30 to 86400; half an hour is what most BMCs take. */
export const sessionTimeout = 1800;

/**
 * Ironic opens one per conductor and does not log out when it drops one, so that a full house must not lock anyone out:
 * the session that was idle longest makes place, and its client logs in again when it meets the 401.
 */
export const sessionLimit = 64;

export class Sessions {
  /** By the token's digest, in order of last use: a look-up's timing tells nothing of a token. */
  readonly #byToken = new Map<string, { session: Session; used: number }>();
  readonly #now: () => number;

  /** @param now milliseconds */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  open(origin: string): { session: Session; token: string } {
    this.#expire();
    for (const digest of this.#byToken.keys()) {
      if (this.#byToken.size < sessionLimit) break;
      this.#byToken.delete(digest);
    }
    const token = randomBytes(24).toString("base64url");
    const session = { id: randomBytes(6).toString("hex"), created: new Date(this.#now()), origin };
    this.#byToken.set(digestOf(token), { session, used: this.#now() });
    return { session, token };
  }

  /** The session of a token, which counts as a use of it. */
  use(token: string): Session | undefined {
    this.#expire();
    const digest = digestOf(token);
    const found = this.#byToken.get(digest);
    if (found === undefined) return undefined;
    this.#byToken.delete(digest);
    this.#byToken.set(digest, { session: found.session, used: this.#now() });
    return found.session;
  }

  list(): Session[] {
    this.#expire();
    return [...this.#byToken.values()].map(({ session }) => session);
  }

  /** @returns whether there was one */
  close(id: string): boolean {
    for (const [digest, { session }] of this.#byToken) {
      if (session.id === id) return this.#byToken.delete(digest);
    }
    return false;
  }

  #expire(): void {
    const oldest = this.#now() - sessionTimeout * 1000;
    for (const [digest, { used }] of this.#byToken) {
      if (used > oldest) return;
      this.#byToken.delete(digest);
    }
  }
}

const digestOf = (token: string): string => createHash("sha256").update(token).digest("base64");
