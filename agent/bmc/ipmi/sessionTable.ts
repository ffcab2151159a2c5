import { randomBytes } from "node:crypto";
import type { CipherSuite } from "./cipherSuite";
import { type Peer, Session } from "./session";

export interface SessionLimits {
  /** Sessions a node has at the same time, those being set up included; at most 63 (Get Session Info counts in 6 bits). */
  readonly sessions: number;
  /** Seconds without a packet after which a session is closed: 60, IPMI 2.0, 6.12.15. */
  readonly idle: number;
  /** Seconds that setting one up may take. A client tries each message a few times, a second or two apart. */
  readonly setUp: number;
}

export const defaultLimits: SessionLimits = { sessions: 32, idle: 60, setUp: 15 };

/** A node's sessions. Costs next to nothing while there are none. */
export class SessionTable {
  private readonly sessions = new Map<number, Session>();
  private timer: NodeJS.Timeout | undefined;
  /** Told a session that was being set up, and whose console has not come back with its proof. */
  unproven: (session: Session) => void = () => {};

  /** @param now milliseconds */
  constructor(
    private readonly limits: SessionLimits,
    private readonly now: () => number,
  ) {}

  /** @returns undefined when all that there may be are in use: they passed RAKP, so no stranger fills the table. */
  open(consoleSession: Buffer, suite: CipherSuite, limit: number, peer: Peer): Session | undefined {
    this.expire();
    if (this.sessions.size >= this.limits.sessions && !this.evict()) return undefined;
    const session = new Session(
      this.freeId(),
      this.freeHandle(),
      consoleSession,
      suite,
      limit,
      peer,
      this.now(),
    );
    this.sessions.set(session.id, session);
    this.schedule();
    return session;
  }

  get(id: number): Session | undefined {
    const session = this.sessions.get(id);
    if (!session || !this.isOver(session)) return session;
    this.giveUp(session);
    return undefined;
  }

  /** The ones that passed RAKP, oldest first. */
  established(): Session[] {
    this.expire();
    return [...this.sessions.values()].filter((session) => session.established);
  }

  close(session: Session): void {
    if (this.sessions.get(session.id) === session) this.sessions.delete(session.id);
  }

  clear(): void {
    this.sessions.clear();
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Sessions that there may be. */
  get limit(): number {
    return this.limits.sessions;
  }

  get size(): number {
    return this.sessions.size;
  }

  /** The oldest that never proved to know the password makes room. A Map iterates in the order of insertion. */
  private evict(): boolean {
    for (const session of this.sessions.values()) {
      if (session.established) continue;
      this.close(session);
      return true;
    }
    return false;
  }

  private isOver(session: Session): boolean {
    const seconds = session.established ? this.limits.idle : this.limits.setUp;
    return this.now() - session.seen >= seconds * 1000;
  }

  private expire(): void {
    for (const session of this.sessions.values()) if (this.isOver(session)) this.giveUp(session);
  }

  private giveUp(session: Session): void {
    this.close(session);
    if (!session.established && session.exchange) this.unproven(session);
  }

  /** Keys are not to stay in memory for as long as no other packet comes. */
  private schedule(): void {
    if (this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.expire();
      if (this.sessions.size > 0) this.schedule();
    }, this.limits.idle * 1000);
    this.timer.unref();
  }

  /** Random, so that who doesn't see the packets can't guess one. 0 means "no session". */
  private freeId(): number {
    for (;;) {
      const id = randomBytes(4).readUInt32LE(0);
      if (id !== 0 && !this.sessions.has(id)) return id;
    }
  }

  private freeHandle(): number {
    const taken = new Set([...this.sessions.values()].map((session) => session.handle));
    let handle = 1;
    while (taken.has(handle)) handle++;
    return handle;
  }
}
