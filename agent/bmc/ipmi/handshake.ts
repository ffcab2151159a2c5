import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Secret } from "../../../openstack/secret";
import { LimitedLog } from "../../service/limitedLog";
import type { Log } from "../../service/log";
import { chooseCipherSuite } from "./cipherSuite";
import { type Exchange, rakp2Code, rakp3Code, rakp4Code, sessionIntegrityKey, sessionKeys } from "./rakp";
import { RakpStatus } from "./rakpStatus";
import { PayloadType } from "./rmcp";
import { type Peer, Privilege } from "./session";
import type { SessionTable } from "./sessionTable";
import {
  decodeOpenSessionRequest,
  decodeRakp1,
  decodeRakp3,
  encodeOpenSessionResponse,
  encodeRakp2,
  encodeRakp4,
  encodeRefusal,
  longestUser,
  type Rakp1,
} from "./setupMessages";

export interface Answer {
  readonly payloadType: number;
  readonly payload: Buffer;
}

const noSession = Buffer.alloc(4);
/**
 * Sets up sessions: open session request, RAKP messages 1 and 3. By the protocol's design message 2 gives anyone
 * who asks an HMAC made with the password, to guess at without us: only a long random password is safe.
 */
export class Handshake {
  readonly #refusals: LimitedLog;
  readonly #sessions: SessionTable;
  readonly #user: string;
  readonly #password: Secret;
  readonly #guid: Buffer;
  readonly #now: () => number;

  /** @param user at most 16 bytes; @param guid GUID_C */
  constructor(
    sessions: SessionTable,
    user: string,
    password: Secret,
    guid: Buffer,
    log: Log,
    now: () => number,
  ) {
    this.#sessions = sessions;
    this.#user = user;
    this.#password = password;
    this.#guid = guid;
    this.#now = now;
    this.#refusals = new LimitedLog(log, "ipmi.session.refused", now);
    // A console that has another password finds ours wrong first, and says nothing more: ipmitool does so.
    sessions.unproven = ({ peer }) => this.#refused("noProofOfPassword", peer);
  }

  /** @returns undefined when there is nothing to say, as to garbage; never throws. An answer never has over twice the request's bytes. */
  answer(payloadType: number, payload: Buffer, peer: Peer): Answer | undefined {
    if (payloadType === PayloadType.openSessionRequest) return this.#open(payload, peer);
    if (payloadType === PayloadType.rakp1) return this.#rakp1(payload, peer);
    return payloadType === PayloadType.rakp3 ? this.#rakp3(payload, peer) : undefined;
  }

  #open(payload: Buffer, peer: Peer): Answer | undefined {
    const payloadType = PayloadType.openSessionResponse;
    const request = decodeOpenSessionRequest(payload);
    if (!request) return undefined;
    const { tag, consoleSession } = request;
    const refuse = (status: number) => {
      this.#refused(reason(status), peer);
      return { payloadType, payload: encodeRefusal(tag, status, consoleSession) };
    };
    const suite = chooseCipherSuite(request.proposal);
    if (typeof suite === "number") return refuse(suite);
    const limit = request.privilege || Privilege.administrator;
    const roleStatus = checkRole(limit, Privilege.administrator);
    if (roleStatus !== RakpStatus.ok) return refuse(roleStatus);
    const session = this.#sessions.open(consoleSession, suite, limit, peer);
    return { payloadType, payload: encodeOpenSessionResponse(request, limit, session.idBytes, suite) };
  }

  #rakp1(payload: Buffer, peer: Peer): Answer | undefined {
    const payloadType = PayloadType.rakp2;
    const request = decodeRakp1(payload);
    if (!request) return undefined;
    const { tag, consoleRandom, role } = request;
    const session = this.#sessions.get(request.bmcSession);
    if (!session || session.established) {
      return { payloadType, payload: encodeRefusal(tag, RakpStatus.invalidSession, noSession) };
    }
    const { consoleSession, suite } = session;
    const status = this.#checkRakp1(request, session.limit);
    if (status !== RakpStatus.ok) {
      this.#sessions.close(session);
      this.#refused(reason(status), peer);
      return { payloadType, payload: encodeRefusal(tag, status, consoleSession) };
    }
    const guid = this.#guid;
    const before = session.exchange;
    // Asked again because the answer got lost or was slow: the first answer must stay true.
    const again = before?.role === role && before.consoleRandom.equals(consoleRandom);
    const bmcRandom = again ? before.bmcRandom : randomBytes(16);
    const { user } = request;
    const exchange: Exchange = {
      suite,
      consoleSession,
      bmcSession: session.idBytes,
      consoleRandom,
      bmcRandom,
      guid,
      role,
      user,
    };
    session.exchange = exchange;
    const code = rakp2Code(exchange, this.#password.reveal());
    return { payloadType, payload: encodeRakp2(tag, consoleSession, bmcRandom, guid, code) };
  }

  #rakp3(payload: Buffer, peer: Peer): Answer | undefined {
    const payloadType = PayloadType.rakp4;
    const request = decodeRakp3(payload);
    if (!request) return undefined;
    const { tag } = request;
    const session = this.#sessions.get(request.bmcSession);
    if (!session?.exchange) {
      return { payloadType, payload: encodeRefusal(tag, RakpStatus.invalidSession, noSession) };
    }
    const { exchange, consoleSession } = session;
    const expected = rakp3Code(exchange, this.#password.reveal());
    const good = expected.length === request.code.length && timingSafeEqual(expected, request.code);
    if (request.status !== RakpStatus.ok || !good) {
      if (session.established) return undefined; // what anyone may send must not end it
      this.#sessions.close(session);
      const status = request.status || RakpStatus.invalidIntegrityCheck;
      this.#refused(reason(status), peer);
      if (request.status !== RakpStatus.ok) return undefined; // the console has given up
      return { payloadType, payload: encodeRefusal(tag, status, consoleSession) };
    }
    const sik = sessionIntegrityKey(exchange, this.#password.reveal());
    if (!session.established) {
      session.limit = exchange.role & 0x0f;
      session.seen = this.#now();
      if (!this.#sessions.establish(session, sessionKeys(exchange, sik))) {
        const status = RakpStatus.insufficientResources;
        this.#refused(reason(status), peer);
        return { payloadType, payload: encodeRefusal(tag, status, consoleSession) };
      }
    }
    return { payloadType, payload: encodeRakp4(tag, consoleSession, rakp4Code(exchange, sik)) };
  }

  #checkRakp1(request: Rakp1, limit: number): number {
    if (!request.nameFits) return RakpStatus.invalidNameLength;
    const status = checkRole(request.role & 0x0f, limit);
    if (status !== RakpStatus.ok) return status;
    return timingSafeEqual(padded(request.user), padded(Buffer.from(this.#user)))
      ? RakpStatus.ok
      : RakpStatus.unauthorizedName;
  }

  #refused(status: string, peer: Peer): void {
    this.#refusals.say({ peer: peer.address, status });
  }
}

/** 5 stands for OEM privileges, which nobody has here; 0 and above 5 for nothing. */
function checkRole(role: number, limit: number): number {
  if (role === 0 || role > 5) return RakpStatus.invalidRole;
  return role > limit ? RakpStatus.unauthorizedRole : RakpStatus.ok;
}

/** The length goes in, so that a name and the same with a zero byte more differ. */
function padded(user: Buffer): Buffer {
  const bytes = Buffer.alloc(1 + longestUser);
  bytes[0] = user.length;
  user.copy(bytes, 1);
  return bytes;
}

function reason(status: number): string {
  const found = Object.entries(RakpStatus).find(([, code]) => code === status);
  return found ? found[0] : `0x${status.toString(16)}`;
}
