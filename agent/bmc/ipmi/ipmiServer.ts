import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv4, isIPv6 } from "node:net";
import { performance } from "node:perf_hooks";
import { Secret } from "../../../openstack/secret";
import type { Machine } from "../../nova/machine";
import type { Log } from "../../service/log";
import { BootOptions } from "./bootOptions";
import type { Bmc } from "./command";
import { Completion } from "./completion";
import { guidBytes } from "./guid";
import { Handshake } from "./handshake";
import { decodeLanMessage, encodeLanMessage, type LanMessage, responseTo } from "./lanMessage";
import {
  decodePacket,
  encodePlain,
  encodePong,
  type Packet,
  PayloadType,
  type PlainPacket,
  type SealedPacket,
} from "./rmcp";
import { findCommand, runCommand, runOpenCommand } from "./runCommand";
import { unseal } from "./sealedPacket";
import type { Peer, Session } from "./session";
import { defaultLimits, type SessionLimits, SessionTable } from "./sessionTable";
import { Sol } from "./sol";

export interface IpmiServerOptions {
  readonly machine: Machine;
  /** 1 to 16 bytes. */
  readonly username: string;
  /** 1 to 20 bytes, IPMI 2.0's maximum. */
  readonly password: string;
  readonly log: Log;
  /** Milliseconds that only grow. @default performance.now */
  readonly now?: () => number;
  readonly limits?: Partial<SessionLimits>;
}

const bmcAddress = 0x20;
const faultCodes = { busy: Completion.busy, error: Completion.unspecified };
/** Requests of one session carried out at the same time; more are dropped, and clients repeat them. */
const mostPending = 8;
/** Milliseconds for which a repeated request is told apart from a new one. Clients count requests in 6 bits. */
const repeatWindow = 30_000;

/** The BMC of one machine: IPMI 2.0 over RMCP+ ("lanplus") on one UDP socket. */
export class IpmiServer {
  /** Datagrams that got no answer: garbage, replays, what nobody may ask. */
  dropped = 0;
  readonly #bmc: Bmc & { address: string; port: number };
  readonly #handshake: Handshake;
  readonly #log: Log;
  readonly #now: () => number;
  #socket: Socket | undefined;

  /** @throws Error for a user name, password or UUID that IPMI has no room for */
  constructor({
    machine,
    username,
    password,
    log,
    now = () => performance.now(),
    limits,
  }: IpmiServerOptions) {
    checkBytes("user name", username, 16);
    checkBytes("password", password, 20);
    const sessions = new SessionTable({ ...defaultLimits, ...limits }, now);
    this.#log = (event, fields) => log(event, { node: machine.key, ...fields });
    const bootOptions = new BootOptions(machine, sessions, this.#log);
    const sol = new Sol(machine, sessions, (session, payload) => this.#sendSol(session, payload), this.#log);
    this.#bmc = {
      ...{ machine, user: username, address: "0.0.0.0", port: 0, sessions, bootOptions, sol },
      ...{ log: this.#log, now },
    };
    this.#now = now;
    const secret = new Secret(password);
    this.#handshake = new Handshake(sessions, username, secret, guidBytes(machine.uuid), this.#log, now);
  }

  /** @param port 0: one that is free. @throws Error when the address can't be listened on */
  async listen({ address, port }: Peer): Promise<void> {
    if (this.#socket) throw new Error(`the IPMI server of ${this.#bmc.machine.key} listens already`);
    const socket = createSocket({ type: isIPv6(address) ? "udp6" : "udp4" });
    await new Promise<void>((resolve, reject) => {
      socket.once("error", (error) => {
        socket.close();
        const where = `${address} port ${port}`;
        const advice = "is another BMC running there, and is the address this machine's?";
        const { key } = this.#bmc.machine;
        reject(new Error(`IPMI for ${key} can't listen on ${where} (${error.message}): ${advice}`));
      });
      socket.bind({ address, port, exclusive: true }, resolve);
    });
    socket.removeAllListeners("error");
    socket.on("error", (error) => this.#log("ipmi.socket.failed", { reason: error.message }));
    socket.on("message", (data, peer) => this.#receive(data, peer));
    this.#socket = socket;
    this.#bmc.port = socket.address().port;
    this.#bmc.address = isIPv4(address) ? address : "0.0.0.0";
  }

  /** The port listened on. @throws Error before listen() */
  get port(): number {
    if (!this.#socket) throw new Error(`the IPMI server of ${this.#bmc.machine.key} doesn't listen`);
    return this.#socket.address().port;
  }

  /** Sessions there are, those being set up included. */
  get sessions(): number {
    return this.#bmc.sessions.size;
  }

  /** Ends all sessions; the wanted boot device stays. */
  reset(): void {
    this.#bmc.sol.deactivate();
    this.#bmc.sessions.clear();
  }

  /** Ends all sessions. Requests under way are carried out but not answered. */
  async close(): Promise<void> {
    this.#bmc.sol.deactivate();
    this.#bmc.sessions.clear();
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket) await new Promise<void>((resolve) => socket.close(resolve));
  }

  #receive(data: Buffer, peer: RemoteInfo): void {
    // Anyone can forge a sender's port of 0, and Node throws when told to send there.
    const packet = peer.port === 0 ? undefined : decodePacket(data);
    const { ms = 0, answer } = (packet && this.#bmc.machine.hindrance?.()) ?? {};
    const go = () => {
      const isHeard = packet !== undefined && answer !== "none" && answer !== "lost";
      if (!isHeard || !this.#handle(packet, data, peer, answer)) this.dropped++;
    };
    if (ms > 0) setTimeout(go, ms).unref();
    else go();
  }

  /** @param fault what each command in a session ends with */
  #handle(packet: Packet, data: Buffer, peer: RemoteInfo, fault?: keyof typeof faultCodes): boolean {
    switch (packet.kind) {
      case "ping":
        return this.#send(encodePong({ ...packet, kind: "pong" }), peer);
      case "plain":
        return this.#handlePlain(packet, peer);
      case "sealed":
        return this.#handleSealed(packet, data, peer, fault);
      case "pong":
        return false;
    }
  }

  #handlePlain(packet: PlainPacket, peer: Peer): boolean {
    if (packet.payloadType !== PayloadType.ipmi) {
      const answer = this.#handshake.answer(packet.payloadType, packet.payload, peer);
      return answer !== undefined && this.#send(encodePlain({ ...packet, ...answer }), peer);
    }
    const request = decodeRequest(packet.payload);
    const command = request && findCommand(request);
    const response = command && runOpenCommand(this.#bmc, request, command);
    if (!response) return false;
    const payload = encodeLanMessage(responseTo(request, response));
    return this.#send(encodePlain({ ...packet, payload }), peer);
  }

  #handleSealed(
    packet: SealedPacket,
    data: Buffer,
    peer: RemoteInfo,
    fault?: keyof typeof faultCodes,
  ): boolean {
    const session = this.#bmc.sessions.get(packet.session);
    const established = session?.established;
    const { payloadType } = packet;
    if (!established || (payloadType !== PayloadType.ipmi && payloadType !== PayloadType.sol)) return false;
    const payload = unseal(session.suite, established.keys, packet, data);
    if (!payload || !established.window.accept(packet.sequence)) return false;
    session.seen = this.#now();
    session.peer = { address: peer.address, port: peer.port };
    if (payloadType === PayloadType.sol) return this.#bmc.sol.receive(session, payload);
    const request = decodeRequest(payload);
    if (!request || session.pending >= mostPending) return false;
    void this.#serve(session, request, payload, fault);
    return true;
  }

  /** Answers to where the session's last packet came from. */
  async #serve(
    session: Session,
    request: LanMessage,
    bytes: Buffer,
    fault?: keyof typeof faultCodes,
  ): Promise<void> {
    const { established } = session;
    const command = findCommand(request);
    const { recent } = session;
    const once = command && !command.open && command.once;
    let response: LanMessage | undefined;
    if (once && recent?.message.equals(bytes) && this.#now() - recent.at < repeatWindow) {
      response = recent.response; // none while it is being carried out: that answer will come
    } else {
      const remembered = { message: bytes, at: this.#now(), response };
      if (once) session.recent = remembered;
      session.pending++;
      const data = fault
        ? Buffer.from([faultCodes[fault]])
        : await runCommand(this.#bmc, request, session, command);
      session.pending--;
      session.seen = this.#now();
      response = responseTo(request, data);
      remembered.response = response;
      // What was refused may be tried again with the very same bytes.
      if (data[0] !== Completion.ok && session.recent === remembered) session.recent = undefined;
    }
    if (response && established)
      this.#send(session.seal(established, encodeLanMessage(response)), session.peer);
  }

  #sendSol(session: Session, payload: Buffer): void {
    const { established, peer } = session;
    if (established) this.#send(session.seal(established, payload, PayloadType.sol), peer);
  }

  #send(data: Buffer, peer: Peer): boolean {
    // A lost datagram is asked for again, and the reason (no route, say) is the client's to notice.
    this.#socket?.send(data, peer.port, peer.address, () => {});
    return true;
  }
}

/** Only what is addressed to the BMC and is a request: answering responses would let two BMCs talk for ever. */
function decodeRequest(payload: Buffer): LanMessage | undefined {
  const message = decodeLanMessage(payload);
  return message && message.to === bmcAddress && message.netFn % 2 === 0 ? message : undefined;
}

function checkBytes(what: string, value: string, most: number): void {
  const length = Buffer.byteLength(value);
  if (length >= 1 && length <= most) return;
  throw new Error(`the BMC's ${what} has ${length} bytes: IPMI 2.0 takes 1 to ${most}, choose another`);
}
