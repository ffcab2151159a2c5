import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { CipherSuite } from "./cipherSuite";
import type { SessionKeys } from "./rakp";
import { encodeSealedHeader, header20, type SealedPacket } from "./rmcp";

/** Encrypts and signs a payload for a session (IPMI 2.0, 13.6 and 13.29.2). */
export function seal(
  suite: CipherSuite,
  keys: SessionKeys,
  packet: Omit<SealedPacket, "kind" | "length">,
  payload: Buffer,
): Buffer {
  const encrypted = encrypt(keys.encryption, payload);
  const header = encodeSealedHeader({ ...packet, kind: "sealed", length: encrypted.length });
  // What is signed, from the authentication type on, is a multiple of 4 bytes long; 2 of them are below.
  const padding = -(header.length - 4 + encrypted.length + 2) & 3;
  const trailer = Buffer.alloc(padding + 2, 0xff);
  trailer[padding] = padding;
  trailer[padding + 1] = nextHeader;
  const signed = Buffer.concat([header, encrypted, trailer]);
  return Buffer.concat([signed, integrityCode(suite, keys, signed)]);
}

/** @returns the payload, or undefined if the packet is not from who has the session's keys; never throws. */
export function unseal(
  suite: CipherSuite,
  keys: SessionKeys,
  packet: SealedPacket,
  data: Buffer,
): Buffer | undefined {
  const end = data.length - suite.shortHmac;
  // The encrypted part holds its first block in the clear (the initialisation vector) and then at least one more.
  if (packet.length < 32 || packet.length % 16 !== 0 || end < header20 + packet.length + 2) return undefined;
  const expected = integrityCode(suite, keys, data.subarray(0, end));
  if (!timingSafeEqual(expected, data.subarray(end))) return undefined;
  const padding = data[end - 2]!;
  if (data[end - 1] !== nextHeader || end !== header20 + packet.length + padding + 2) return undefined;
  return decrypt(keys.encryption, data.subarray(header20, header20 + packet.length));
}

/** Always 7 in this version of the specification. */
const nextHeader = 0x07;

function integrityCode(suite: CipherSuite, keys: SessionKeys, signed: Buffer): Buffer {
  const digest = createHmac(suite.hash, keys.integrity).update(signed.subarray(4)).digest();
  return digest.subarray(0, suite.shortHmac);
}

function encrypt(key: Buffer, payload: Buffer): Buffer {
  const padding = -(payload.length + 1) & 15;
  const padded = Buffer.alloc(payload.length + padding + 1);
  payload.copy(padded);
  for (let n = 1; n <= padding; n++) padded[payload.length + n - 1] = n;
  padded[padded.length - 1] = padding;
  const vector = randomBytes(16);
  const cipher = createCipheriv("aes-128-cbc", key, vector).setAutoPadding(false);
  return Buffer.concat([vector, cipher.update(padded), cipher.final()]);
}

function decrypt(key: Buffer, data: Buffer): Buffer | undefined {
  const cipher = createDecipheriv("aes-128-cbc", key, data.subarray(0, 16)).setAutoPadding(false);
  const padded = Buffer.concat([cipher.update(data.subarray(16)), cipher.final()]);
  const padding = padded[padded.length - 1]!;
  if (padding > 15) return undefined;
  return padded.subarray(0, padded.length - 1 - padding);
}
