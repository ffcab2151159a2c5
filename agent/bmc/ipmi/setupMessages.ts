import type { CipherSuite, Proposal } from "./cipherSuite";

/** The payloads that set up a session (IPMI 2.0, 13.17 to 13.24), as a BMC reads and writes them. */
export interface OpenSessionRequest {
  readonly tag: number;
  /** Highest privilege wanted; 0: as high as can be had with the suite. */
  readonly privilege: number;
  readonly consoleSession: Buffer;
  readonly proposal: Proposal;
}

export interface Rakp1 {
  readonly tag: number;
  readonly bmcSession: number;
  readonly consoleRandom: Buffer;
  readonly role: number;
  readonly user: Buffer;
  /** Whether the length that the message gives is one that a name may have. */
  readonly nameFits: boolean;
}

export interface Rakp3 {
  readonly tag: number;
  /** Other than 0: the console refuses what RAKP message 2 said, as with a wrong password. */
  readonly status: number;
  readonly bmcSession: number;
  readonly code: Buffer;
}

export const longestUser = 16;

/** @returns undefined for a truncated or malformed payload; never throws. */
export function decodeOpenSessionRequest(payload: Buffer): OpenSessionRequest | undefined {
  if (payload.length < 32) return undefined;
  const algorithms: (number | undefined)[] = [];
  for (const kind of [0, 1, 2]) {
    const at = 8 + 8 * kind;
    // Length 0 stands for "choose for me"; otherwise it counts the whole of this part.
    if (payload[at] !== kind || (payload[at + 3] !== 8 && payload[at + 3] !== 0)) return undefined;
    algorithms.push(payload[at + 3] === 0 ? undefined : payload[at + 4]! & 0x3f);
  }
  const [authentication, integrity, confidentiality] = algorithms;
  return {
    tag: payload[0]!,
    privilege: payload[1]! & 0x0f,
    consoleSession: Buffer.from(payload.subarray(4, 8)),
    proposal: { authentication, integrity, confidentiality },
  };
}

export function encodeOpenSessionResponse(
  request: OpenSessionRequest,
  privilege: number,
  bmcSession: Buffer,
  suite: CipherSuite,
): Buffer {
  return Buffer.concat([
    Buffer.from([request.tag, 0, privilege, 0]),
    request.consoleSession,
    bmcSession,
    Buffer.from([0, 0, 0, 8, suite.authentication, 0, 0, 0]),
    Buffer.from([1, 0, 0, 8, suite.integrity, 0, 0, 0]),
    Buffer.from([2, 0, 0, 8, suite.confidentiality, 0, 0, 0]),
  ]);
}

/** @returns undefined for a truncated payload; never throws. */
export function decodeRakp1(payload: Buffer): Rakp1 | undefined {
  if (payload.length < 28) return undefined;
  const length = payload[27]!;
  if (payload.length < 28 + length) return undefined;
  return {
    tag: payload[0]!,
    bmcSession: payload.readUInt32LE(4),
    consoleRandom: Buffer.from(payload.subarray(8, 24)),
    role: payload[24]!,
    user: Buffer.from(payload.subarray(28, 28 + length)),
    nameFits: length <= longestUser,
  };
}

export function encodeRakp2(
  tag: number,
  consoleSession: Buffer,
  bmcRandom: Buffer,
  guid: Buffer,
  code: Buffer,
): Buffer {
  return Buffer.concat([Buffer.from([tag, 0, 0, 0]), consoleSession, bmcRandom, guid, code]);
}

/** @returns undefined for a truncated payload; never throws. */
export function decodeRakp3(payload: Buffer): Rakp3 | undefined {
  if (payload.length < 8) return undefined;
  return {
    tag: payload[0]!,
    status: payload[1]!,
    bmcSession: payload.readUInt32LE(4),
    code: payload.subarray(8),
  };
}

export function encodeRakp4(tag: number, consoleSession: Buffer, code: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag, 0, 0, 0]), consoleSession, code]);
}

/** A refusal has the same shape in all three answers: it ends after the console's session id. */
export function encodeRefusal(tag: number, status: number, consoleSession: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag, status, 0, 0]), consoleSession]);
}
