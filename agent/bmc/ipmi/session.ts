import type { RemoteInfo } from "node:dgram";
import type { CipherSuite } from "./cipherSuite";
import type { LanMessage } from "./lanMessage";
import type { Exchange, SessionKeys } from "./rakp";
import { PayloadType } from "./rmcp";
import { seal } from "./sealedPacket";
import { SequenceWindow } from "./sequenceWindow";

/** Privilege levels (IPMI 2.0, 6.8): each may do what the ones below may. */
export const Privilege = { callback: 1, user: 2, operator: 3, administrator: 4 } as const;

/** Where answers go. */
export type Peer = Pick<RemoteInfo, "address" | "port">;

/** The last request that must not be carried out twice. */
export interface Recent {
  readonly message: Buffer;
  readonly at: number;
  /** undefined: it is being carried out. */
  response: LanMessage | undefined;
}

/** What only a session that passed RAKP has. */
export interface Established {
  readonly keys: SessionKeys;
  readonly window: SequenceWindow;
  privilege: number;
}

export class Session {
  established: Established | undefined;
  /** For people to tell established sessions apart; 0 until then. */
  handle = 0;
  /** Known from RAKP message 1 on. */
  exchange: Exchange | undefined;
  /** Requests being carried out. */
  pending = 0;
  recent: Recent | undefined;
  limit: number;
  peer: Peer;
  seen: number;
  #sent = 0;

  /**
   * @param id SID_C, never 0
   * @param limit the highest privilege level it may ask for; RAKP message 1 may lower it
   * @param seen when the peer was last known to be there: milliseconds of the server's clock
   */
  constructor(
    readonly id: number,
    readonly consoleSession: Buffer,
    readonly suite: CipherSuite,
    limit: number,
    peer: Peer,
    seen: number,
  ) {
    this.limit = limit;
    this.peer = peer;
    this.seen = seen;
  }

  get idBytes(): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(this.id);
    return bytes;
  }

  /** Opens the session for commands. It starts at user level, as 22.18 says. */
  establish(keys: SessionKeys, handle: number): void {
    this.handle = handle;
    const privilege = Math.min(this.limit, Privilege.user);
    this.established = { keys, window: new SequenceWindow(), privilege };
  }

  /** @returns the datagram that carries a payload to the peer */
  seal({ keys }: Established, payload: Buffer, payloadType: number = PayloadType.ipmi): Buffer {
    this.#sent = this.#sent === 0xffffffff ? 1 : this.#sent + 1;
    const session = this.consoleSession.readUInt32LE(0);
    const packet = { session, sequence: this.#sent, payloadType };
    return seal(this.suite, keys, packet, payload);
  }
}
