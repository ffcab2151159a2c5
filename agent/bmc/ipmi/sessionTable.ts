import { randomBytes } from "node:crypto";
import { ByAddress } from "../../service/byAddress";
import type { CipherSuite } from "./cipherSuite";
import type { SessionKeys } from "./rakp";
import { type Peer, Session } from "./session";

export interface SessionLimits {
  /** Established sessions a node has at the same time; at most 63 (Get Session Info counts in 6 bits). */
  readonly sessions: number;
  /** Those that are being set up, for which nobody has proved anything. */
  readonly halfOpen: number;
  /** Seconds without a packet after which a session is closed: 60, IPMI 2.0, 6.12.15. */
  readonly idle: number;
  /** Seconds that setting one up may take. A client tries each message a few times, a second or two apart. */
  readonly setUp: number;
}

export const defaultLimits: SessionLimits = { sessions: 32, halfOpen: 1024, idle: 60, setUp: 15 };

/**
 * A node's sessions. Costs next to nothing while there are none. Those being set up are counted apart from those whose
 * password was proved: a stranger fills the one kind only, and there makes room for others itself.
 */
export class SessionTable {
  readonly #proved = new Map<number, Session>();
  /** In the order of their beginning, which is that of their end. */
  readonly #halfOpen = new Map<number, Session>();
  /** Of those being set up, by the address that began them, the oldest first. */
  readonly #byAddress = new ByAddress<Session>();
  #timer: NodeJS.Timeout | undefined;
  /** Told a session that was being set up, and whose console has not come back with its proof. */
  unproven: (session: Session) => void = () => {};
  readonly #limits: SessionLimits;
  readonly #now: () => number;

  /** @param now milliseconds */
  constructor(limits: SessionLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  open(consoleSession: Buffer, suite: CipherSuite, limit: number, peer: Peer): Session {
    this.#expire();
    if (this.#halfOpen.size >= this.#limits.halfOpen) this.#makeRoom();
    const session = new Session(this.#freeId(), consoleSession, suite, limit, peer, this.#now());
    this.#halfOpen.set(session.id, session);
    this.#byAddress.add(peer.address, session);
    this.#schedule();
    return session;
  }

  /** Its password was proved. @returns false when all that there may be are in use */
  establish(session: Session, keys: SessionKeys): boolean {
    this.close(session);
    const active = this.established();
    if (active.length >= this.#limits.sessions) return false;
    const taken = new Set(active.map(({ handle }) => handle));
    let handle = 1;
    while (taken.has(handle)) handle++;
    session.establish(keys, handle);
    this.#proved.set(session.id, session);
    return true;
  }

  get(id: number): Session | undefined {
    const session = this.#proved.get(id) ?? this.#halfOpen.get(id);
    if (!session || !this.#isOver(session)) return session;
    this.#giveUp(session);
    return undefined;
  }

  /** The ones that passed RAKP, oldest first. */
  established(): Session[] {
    this.#expire();
    return [...this.#proved.values()];
  }

  close(session: Session): void {
    if (this.#proved.get(session.id) === session) this.#proved.delete(session.id);
    if (!this.#halfOpen.delete(session.id)) return;
    this.#byAddress.delete(session.peer.address, session);
  }

  clear(): void {
    this.#proved.clear();
    this.#halfOpen.clear();
    this.#byAddress.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Established sessions that there may be. */
  get limit(): number {
    return this.#limits.sessions;
  }

  get size(): number {
    return this.#proved.size + this.#halfOpen.size;
  }

  /** The address that has most of them gives up its oldest. */
  #makeRoom(): void {
    const oldest = this.#byAddress.oldestOfMost();
    if (oldest) this.close(oldest);
  }

  #isOver(session: Session): boolean {
    const seconds = session.established ? this.#limits.idle : this.#limits.setUp;
    return this.#now() - session.seen >= seconds * 1000;
  }

  #expire(): void {
    for (const session of this.#proved.values()) if (this.#isOver(session)) this.#giveUp(session);
    for (const session of this.#halfOpen.values()) {
      if (!this.#isOver(session)) return;
      this.#giveUp(session);
    }
  }

  #giveUp(session: Session): void {
    this.close(session);
    if (!session.established && session.exchange) this.unproven(session);
  }

  /** Keys are not to stay in memory for as long as no other packet comes. */
  #schedule(): void {
    if (this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#expire();
      if (this.size > 0) this.#schedule();
    }, this.#limits.idle * 1000);
    this.#timer.unref();
  }

  /** Random, so that who doesn't see the packets can't guess one. 0 means "no session". */
  #freeId(): number {
    for (;;) {
      const id = randomBytes(4).readUInt32LE(0);
      if (id !== 0 && !this.#proved.has(id) && !this.#halfOpen.has(id)) return id;
    }
  }
}
