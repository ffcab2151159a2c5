import type { Machine, SerialLine } from "../../nova/machine";
import type { Log } from "../../service/log";
import type { Session } from "./session";
import type { SessionTable } from "./sessionTable";

/** Bits of the operation and status byte (IPMI 2.0, table 15-2). */
const nack = 0x40;
const deactivated = 0x10;
const overrun = 0x08;

/** Bytes of characters in a packet, so that a whole one is below 255 (a count has a byte). */
const mostData = 200;
export const mostPayload = mostData + 4;
/** Milliseconds, and how often: what Get SOL Configuration Parameters says, too. */
export const retry = { interval: 500, count: 7 };
/** Bytes kept for a console that does not keep up; the oldest go. */
const mostWaiting = 65_536;
/** Milliseconds between two looks at whether the session is there. */
const look = 1000;

const readOnly = "\r\n[OVB: read only: this is Nova's console log, which takes no keys]\r\n";

interface Active {
  readonly session: Session;
  line?: SerialLine;
  /** Keys of before there was one. */
  early: Buffer;
  /** For the console. */
  waiting: Buffer;
  sent?: {
    readonly sequence: number;
    readonly data: Buffer;
    readonly status: number;
    tries: number;
    timer: NodeJS.Timeout;
  };
  sequence: number;
  /** Of the last packet with characters that came. */
  heard: number;
  isTold: boolean;
  isOverrun: boolean;
  readonly watch: NodeJS.Timeout;
}

/** Serial over LAN (IPMI 2.0, 15): the machine's console for one session at a time. */
export class Sol {
  readonly #machine: Machine;
  readonly #sessions: SessionTable;
  readonly #send: (session: Session, payload: Buffer) => void;
  readonly #log: Log;
  #active: Active | undefined;

  constructor(
    machine: Machine,
    sessions: SessionTable,
    send: (session: Session, payload: Buffer) => void,
    log: Log,
  ) {
    this.#machine = machine;
    this.#sessions = sessions;
    this.#send = send;
    this.#log = log;
  }

  get isThere(): boolean {
    return this.#machine.console !== undefined;
  }

  /** Whose it is. */
  get session(): Session | undefined {
    const session = this.#active?.session;
    if (session && this.#sessions.get(session.id) !== session) this.#end();
    return this.#active?.session;
  }

  /** The line is opened after it returns. @returns false: it is another session's */
  activate(session: Session): boolean {
    const holder = this.session;
    if (holder !== undefined) return holder === session;
    const watch = setInterval(() => this.session, look);
    watch.unref();
    const none = Buffer.alloc(0);
    const begun = { early: none, waiting: none, sequence: 0, heard: 0, isTold: false, isOverrun: false };
    const active: Active = { session, watch, ...begun };
    this.#active = active;
    this.#log("ipmi.sol.activated", { peer: session.peer.address });
    void this.#machine
      .console!.open((data) => this.#say(active, data))
      .then((line) => {
        active.line = line;
        if (this.#active !== active) line.close();
        else this.#type(active, active.early);
      });
    return true;
  }

  /** @returns false: it is not active */
  deactivate(): boolean {
    const { session } = this;
    if (session) this.#send(session, Buffer.from([0, 0, 0, deactivated]));
    this.#end();
    return session !== undefined;
  }

  /** @returns false: it is not this session's, or no SOL payload */
  receive(session: Session, payload: Buffer): boolean {
    const active = this.#active;
    if (active?.session !== session || payload.length < 4) return false;
    const [sequence, ack, count, operation] = payload as unknown as [number, number, number, number];
    const { sent } = active;
    if (sent && (ack & 15) === sent.sequence) {
      // What was not accepted goes again; after a NACK not before the next retry.
      const isRefused = (operation & nack) !== 0;
      const rest = sent.data.subarray(isRefused ? count : count || sent.data.length);
      if (!isRefused || rest.length === 0) {
        this.#take(active);
        active.waiting = Buffer.concat([rest, active.waiting]);
      }
    }
    if ((sequence & 15) !== 0) {
      const keys = payload.subarray(4);
      if ((sequence & 15) !== active.heard) this.#type(active, keys);
      active.heard = sequence & 15;
      this.#send(session, Buffer.from([0, sequence & 15, keys.length, 0]));
    }
    this.#flush(active);
    return true;
  }

  #type(active: Active, keys: Buffer): void {
    const { line } = active;
    if (keys.length === 0) return;
    if (!line) active.early = Buffer.concat([active.early, keys]).subarray(-mostData);
    else if (line.write) line.write(keys);
    else if (!active.isTold) {
      active.isTold = true;
      this.#say(active, Buffer.from(readOnly));
    }
  }

  #say(active: Active, data: Buffer): void {
    const all = Buffer.concat([active.waiting, data]);
    active.isOverrun ||= all.length > mostWaiting;
    active.waiting = all.subarray(-mostWaiting);
    this.#flush(active);
  }

  /** One packet at a time is on its way. */
  #flush(active: Active): void {
    if (this.#active !== active || active.sent || active.waiting.length === 0) return;
    active.sequence = (active.sequence % 15) + 1;
    const data = active.waiting.subarray(0, mostData);
    active.waiting = active.waiting.subarray(mostData);
    const timer = setInterval(() => {
      if (++sent.tries <= retry.count) return this.#transmit(active);
      this.#take(active); // lost, as a serial line would lose it
      this.#flush(active);
    }, retry.interval);
    timer.unref();
    const status = active.isOverrun ? overrun : 0;
    const sent = { sequence: active.sequence, data, status, tries: 0, timer };
    active.sent = sent;
    active.isOverrun = false;
    this.#transmit(active);
  }

  #transmit({ session, sent }: Active): void {
    const { sequence, data, status } = sent!;
    this.#send(session, Buffer.concat([Buffer.from([sequence, 0, 0, status]), data]));
  }

  /** Nothing is on its way any more. */
  #take(active: Active): void {
    clearInterval(active.sent?.timer);
    active.sent = undefined;
  }

  #end(): void {
    const active = this.#active;
    if (!active) return;
    this.#active = undefined;
    this.#take(active);
    clearInterval(active.watch);
    active.line?.close();
    this.#log("ipmi.sol.deactivated", {});
  }
}
