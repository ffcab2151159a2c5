/**
 * What a UDP datagram to a BMC holds: an ASF presence ping, or an IPMI message in its 1.5 or 2.0 (RMCP+) wrapper.
 * Numbers are from "IPMI 2.0 rev. 1.1", 13.1 to 13.6, and DMTF DSP0136 (ASF 2.0), 3.2.4.
 */
export type Packet = PresencePing | PresencePong | PlainPacket | SealedPacket;

export interface PresencePing {
  readonly kind: "ping";
  readonly tag: number;
}

export interface PresencePong {
  readonly kind: "pong";
  readonly tag: number;
}

/** Outside of a session: neither authenticated nor encrypted. */
export interface PlainPacket {
  readonly kind: "plain";
  /** "1.5" carries IPMI messages only. Answers go out in the wrapper that the question came in. */
  readonly wrapper: "1.5" | "2.0";
  readonly payloadType: number;
  readonly payload: Buffer;
}

/** Within a session. Nothing here is to be believed before unseal() has checked it. */
export interface SealedPacket {
  readonly kind: "sealed";
  readonly session: number;
  readonly sequence: number;
  readonly payloadType: number;
  /** Length of the encrypted payload, which starts at byte 16 of the datagram. */
  readonly length: number;
}

export const PayloadType = {
  ipmi: 0x00,
  sol: 0x01,
  openSessionRequest: 0x10,
  openSessionResponse: 0x11,
  rakp1: 0x12,
  rakp2: 0x13,
  rakp3: 0x14,
  rakp4: 0x15,
} as const;

/** RMCP version 1.0, reserved, sequence 255 (no RMCP acknowledgement wanted), then the class. */
const ipmiClass = [0x06, 0x00, 0xff, 0x07];
const asfClass = [0x06, 0x00, 0xff, 0x06];
const asfIana = [0x00, 0x00, 0x11, 0xbe];
const authTypeNone = 0x00;
const authTypeRmcpPlus = 0x06;
const sealedBits = 0xc0;
/** Bytes before the payload of a 2.0 packet: RMCP 4, authentication type, payload type, session 4, sequence 4, length 2. */
export const header20 = 16;

/** @returns undefined for anything that is not a well-formed packet of a kind above; never throws. */
export function decodePacket(data: Buffer): Packet | undefined {
  if (data.length < 12 || data[0] !== ipmiClass[0] || data[2] !== ipmiClass[2]) return undefined;
  if (data[3] === asfClass[3]) return decodeAsf(data);
  if (data[3] !== ipmiClass[3]) return undefined;
  if (data[4] === authTypeNone) return decode15(data);
  return data[4] === authTypeRmcpPlus ? decode20(data) : undefined;
}

export function encodePlain(packet: PlainPacket): Buffer {
  const { wrapper, payload, payloadType } = packet;
  const header =
    wrapper === "1.5"
      ? [...ipmiClass, authTypeNone, 0, 0, 0, 0, 0, 0, 0, 0, payload.length]
      : [...ipmiClass, authTypeRmcpPlus, payloadType, 0, 0, 0, 0, 0, 0, 0, 0, ...sixteen(payload.length)];
  return Buffer.concat([Buffer.from(header), payload]);
}

/** What goes before an encrypted payload. */
export function encodeSealedHeader({ session, sequence, payloadType, length }: SealedPacket): Buffer {
  const header = Buffer.from([
    ...ipmiClass,
    authTypeRmcpPlus,
    sealedBits | payloadType,
    ...new Array(10).fill(0),
  ]);
  header.writeUInt32LE(session, 6);
  header.writeUInt32LE(sequence, 10);
  header.writeUInt16LE(length, 14);
  return header;
}

export function encodePing({ tag }: PresencePing): Buffer {
  return Buffer.from([...asfClass, ...asfIana, 0x80, tag, 0, 0]);
}

export function encodePong({ tag }: PresencePong): Buffer {
  // Supported entities: IPMI (bit 7), ASF 1.0. No security extensions, no RMCP over them.
  return Buffer.from([
    ...asfClass,
    ...asfIana,
    0x40,
    tag,
    0,
    16,
    ...asfIana,
    0,
    0,
    0,
    0,
    0x81,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
  ]);
}

function decodeAsf(data: Buffer): PresencePing | PresencePong | undefined {
  if (data.readUInt32BE(4) !== Buffer.from(asfIana).readUInt32BE(0)) return undefined;
  const tag = data[9]!;
  if (data[8] === 0x80 && data[11] === 0) return { kind: "ping", tag };
  return data[8] === 0x40 && data[11] === 16 && data.length >= 28 ? { kind: "pong", tag } : undefined;
}

function decode15(data: Buffer): PlainPacket | undefined {
  // An IPMI 1.5 session (an id other than 0) can't be opened here.
  if (data.length < 14 || data.readUInt32LE(9) !== 0) return undefined;
  const length = data[13]!;
  if (data.length < 14 + length) return undefined;
  return {
    kind: "plain",
    wrapper: "1.5",
    payloadType: PayloadType.ipmi,
    payload: data.subarray(14, 14 + length),
  };
}

function decode20(data: Buffer): PlainPacket | SealedPacket | undefined {
  if (data.length < header20) return undefined;
  const payloadType = data[5]! & 0x3f;
  const session = data.readUInt32LE(6);
  const length = data.readUInt16LE(14);
  if (data.length < header20 + length) return undefined;
  if ((data[5]! & sealedBits) === sealedBits) {
    return session === 0
      ? undefined
      : { kind: "sealed", session, sequence: data.readUInt32LE(10), payloadType, length };
  }
  // Half sealed, or sealed in no way but with a session's id: what suites 3 and 17 exist to prevent.
  if ((data[5]! & sealedBits) !== 0 || session !== 0) return undefined;
  return {
    kind: "plain",
    wrapper: "2.0",
    payloadType,
    payload: data.subarray(header20, header20 + length),
  };
}

function sixteen(value: number): [number, number] {
  return [value & 0xff, value >> 8];
}
