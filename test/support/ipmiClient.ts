import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { IpmiServer, type IpmiServerOptions } from "../../agent/bmc/ipmi/ipmiServer";
import { Indicator } from "../../agent/nova/indicator";
import type { BootOverride, Machine, PowerAction, PowerState } from "../../agent/nova/machine";
import type { Firmware } from "../../plan/lab/labPlan";

/** The longest that there may be. */
export const password = "s3cret-of-20-bytes!!";
export const username = "admin";
export const uuid = "4c4c4544-0044-4a10-8054-c7c04f4b4d31";

/** A machine that does what it is told at once, or fails as told. */
export class FakeMachine implements Machine {
  readonly key = "node-0";
  readonly uuid = uuid;
  firmware: Firmware = "uefi";
  state: PowerState = "on";
  override: BootOverride = { target: "none", persistence: "once" };
  readonly indicator = new Indicator();
  readonly changes: PowerAction[] = [];
  /** Thrown by everything there is while set. */
  failure: Error | undefined;
  /** Awaited by change(). */
  gate: Promise<void> = Promise.resolve();

  async power(): Promise<PowerState> {
    this.#failIfTold();
    return this.state;
  }

  async change(action: PowerAction): Promise<void> {
    this.#failIfTold();
    this.changes.push(action);
    await this.gate;
    if (action === "on") this.state = "on";
    if (action === "off" || action === "soft") this.state = "off";
  }

  async settled(): Promise<void> {}

  bootOverride(): BootOverride {
    return this.override;
  }

  async setBootOverride(override: BootOverride): Promise<void> {
    this.#failIfTold();
    this.override = override;
  }

  #failIfTold(): void {
    if (this.failure) throw this.failure;
  }
}

/** A server on loopback, and what it logged. */
export async function startServer(options: Partial<IpmiServerOptions> = {}) {
  const machine = new FakeMachine();
  const lines: string[] = [];
  const server = new IpmiServer({
    machine,
    username,
    password,
    log: (event, fields) => lines.push(JSON.stringify({ event, ...fields })),
    ...options,
  });
  await server.listen({ address: "127.0.0.1", port: 0 });
  return { server, machine, lines };
}

/** What is known of a session on the client's side. */
interface Keys {
  readonly bmcSession: Buffer;
  readonly integrity: Buffer;
  readonly aes: Buffer;
}

const hashes = { 3: { name: "sha1", short: 12 }, 17: { name: "sha256", short: 16 } } as const;
const algorithms = { 3: [1, 1, 1], 17: [3, 4, 1] } as const;
const consoleSession = Buffer.from([0xa4, 0xa3, 0xa2, 0xa0]);

/**
 * An RMCP+ client written from the specification alone: it shares no code with the server that it tests, and can be
 * told to send what no sane client would.
 */
export class TestClient {
  sequence = 0;
  keys: Keys | undefined;
  #rqSeq = 0;

  constructor(
    readonly transport: (datagram: Buffer, patience?: number) => Promise<Buffer | undefined>,
    readonly suite: 3 | 17 = 3,
  ) {}

  /** Sets up a session and returns true, or the status code of the message that refused it. */
  async open({ user = username, secret = password, role = 0x14, level = 4 } = {}): Promise<true | number> {
    const opened = await this.transport(openSessionRequest(algorithms[this.suite]));
    if (opened?.[17] !== 0) return opened?.[17] ?? -1;
    const bmcSession = opened.subarray(24, 28);
    const rm = randomBytes(16);
    const rakp2 = await this.transport(rakp1(bmcSession, rm, role, user));
    if (rakp2?.[17] !== 0) return rakp2?.[17] ?? -1;
    const rc = rakp2.subarray(24, 40);
    const guid = rakp2.subarray(40, 56);
    const who = Buffer.concat([Buffer.from([role, user.length]), Buffer.from(user)]);
    const proof = this.#hmac(secret, consoleSession, bmcSession, rm, rc, guid, who);
    if (!proof.equals(rakp2.subarray(56))) return 0x0f;
    const rakp4 = await this.transport(rakp3(bmcSession, this.#hmac(secret, rc, consoleSession, who)));
    if (rakp4?.[17] !== 0) return rakp4?.[17] ?? -1;
    const sik = this.#hmac(secret, rm, rc, who);
    const check = this.#hmac(sik, rm, bmcSession, guid).subarray(0, hashes[this.suite].short);
    if (!check.equals(rakp4.subarray(24))) return 0x0f;
    this.keys = {
      bmcSession,
      integrity: this.#hmac(sik, Buffer.alloc(20, 1)),
      aes: this.#hmac(sik, Buffer.alloc(20, 2)).subarray(0, 16),
    };
    if (level > 0) await this.command(0x06, 0x3b, [level]);
    return true;
  }

  /** @returns completion code and data, or undefined when no answer came */
  async command(
    netFn: number,
    command: number,
    data: readonly number[] = [],
    patience?: number,
  ): Promise<number[] | undefined> {
    const answer = await this.transport(this.seal(this.message(netFn, command, data)), patience);
    return answer && [...this.unseal(answer).subarray(6, -1)];
  }

  /** An IPMI message with the next request number. */
  message(netFn: number, command: number, data: readonly number[] = []): Buffer {
    this.#rqSeq = (this.#rqSeq + 1) & 0x3f;
    return ipmiMessage(netFn, command, data, this.#rqSeq);
  }

  /** @param sequence the session's sequence number; the next by default */
  seal(message: Buffer, sequence = ++this.sequence): Buffer {
    const { bmcSession, integrity, aes } = this.keys!;
    const padding = 15 - (message.length % 16);
    const pad = Buffer.from([...Array.from({ length: padding }, (_, n) => n + 1), padding]);
    const iv = randomBytes(16);
    const cipher = createCipheriv("aes-128-cbc", aes, iv).setAutoPadding(false);
    const payload = Buffer.concat([iv, cipher.update(Buffer.concat([message, pad])), cipher.final()]);
    const numbers = Buffer.alloc(6);
    numbers.writeUInt32LE(sequence >>> 0, 0);
    numbers.writeUInt16LE(payload.length, 4);
    const signed = Buffer.concat([
      Buffer.from([0x06, 0xc0]),
      bmcSession,
      numbers,
      payload,
      Buffer.from([0xff, 0xff, 2, 7]),
    ]);
    const code = this.#hmac(integrity, signed).subarray(0, hashes[this.suite].short);
    return Buffer.concat([Buffer.from([6, 0, 0xff, 7]), signed, code]);
  }

  unseal(datagram: Buffer): Buffer {
    const { integrity, aes } = this.keys!;
    const { short } = hashes[this.suite];
    const signed = datagram.subarray(4, -short);
    const code = this.#hmac(integrity, signed).subarray(0, short);
    if (!code.equals(datagram.subarray(-short))) throw new Error("the server's packet is not authentic");
    if (!datagram.subarray(6, 10).equals(consoleSession)) throw new Error("not the client's session id");
    const payload = datagram.subarray(16, 16 + datagram.readUInt16LE(14));
    const decipher = createDecipheriv("aes-128-cbc", aes, payload.subarray(0, 16)).setAutoPadding(false);
    const padded = Buffer.concat([decipher.update(payload.subarray(16)), decipher.final()]);
    return padded.subarray(0, padded.length - 1 - padded.at(-1)!);
  }

  #hmac(key: string | Buffer, ...parts: Buffer[]): Buffer {
    return createHmac(hashes[this.suite].name, key).update(Buffer.concat(parts)).digest();
  }
}

/** Milliseconds after which an answer that is not to come has not come. */
export const silence = 100;

/** Sends over UDP and waits for one answer, at most `patience` milliseconds. */
export class UdpTransport {
  readonly #socket: Socket = createSocket("udp4");
  readonly #port: number;

  /** @param from of loopback's addresses */
  constructor(port: number, from = "127.0.0.1") {
    this.#port = port;
    this.#socket.bind({ address: from });
  }

  readonly send = (datagram: Buffer, patience = 5000): Promise<Buffer | undefined> =>
    new Promise((resolve) => {
      const done = (answer?: Buffer) => {
        clearTimeout(timer);
        this.#socket.removeAllListeners("message");
        resolve(answer);
      };
      const timer = setTimeout(done, patience);
      this.#socket.once("message", (answer) => done(answer));
      this.#socket.send(datagram, this.#port, "127.0.0.1");
    });

  close(): void {
    this.#socket.close();
  }
}

export function ipmiMessage(netFn: number, command: number, data: readonly number[], rqSeq = 0): Buffer {
  const head = [0x20, netFn << 2];
  const body = [0x81, rqSeq << 2, command, ...data];
  const check = (bytes: readonly number[]) => -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
  return Buffer.from([...head, check(head), ...body, check(body)]);
}

/** In the IPMI 1.5 wrapper, outside of a session. */
export function plain15(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from([6, 0, 0xff, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, message.length]), message]);
}

/** In the RMCP+ wrapper, outside of a session. */
export function plain20(payloadType: number, payload: Buffer): Buffer {
  const header = Buffer.from([6, 0, 0xff, 7, 6, payloadType, 0, 0, 0, 0, 0, 0, 0, 0, payload.length, 0]);
  return Buffer.concat([header, payload]);
}

export function openSessionRequest(proposal: readonly number[], level = 0, tag = 0): Buffer {
  const algorithm = (kind: number) => Buffer.from([kind, 0, 0, 8, proposal[kind]!, 0, 0, 0]);
  const parts = [Buffer.from([tag, level, 0, 0]), consoleSession, algorithm(0), algorithm(1), algorithm(2)];
  return plain20(0x10, Buffer.concat(parts));
}

export function rakp1(bmcSession: Buffer, rm: Buffer, role: number, user: string, tag = 0): Buffer {
  const name = Buffer.from(user);
  const parts = [Buffer.from([tag, 0, 0, 0]), bmcSession, rm, Buffer.from([role, 0, 0, name.length]), name];
  return plain20(0x12, Buffer.concat(parts));
}

export function rakp3(bmcSession: Buffer, code: Buffer, status = 0): Buffer {
  return plain20(0x14, Buffer.concat([Buffer.from([0, status, 0, 0]), bmcSession, code]));
}
