import { createHmac } from "node:crypto";
import type { CipherSuite } from "./cipherSuite";

/**
 * RAKP's formulas (IPMI 2.0, 13.28 to 13.32) with the BMC key K_G unset, which means that the user's password takes
 * its place. Session ids are as on the wire: 4 bytes, least significant first.
 */
export interface Exchange {
  readonly suite: CipherSuite;
  /** SID_M, chosen by the remote console. */
  readonly consoleSession: Buffer;
  /** SID_C, chosen by the BMC. */
  readonly bmcSession: Buffer;
  /** R_M. */
  readonly consoleRandom: Buffer;
  /** R_C. */
  readonly bmcRandom: Buffer;
  /** GUID_C. */
  readonly guid: Buffer;
  /** Role_M as received: the privilege and the look-up bit. */
  readonly role: number;
  readonly user: Buffer;
}

export interface SessionKeys {
  /** K_1: integrity of packets. */
  readonly integrity: Buffer;
  /** The first 16 bytes of K_2: AES-CBC-128. */
  readonly encryption: Buffer;
}

/** RAKP message 2's key exchange authentication code: the BMC knows the password. */
export function rakp2Code(exchange: Exchange, password: string): Buffer {
  const { consoleSession, bmcSession, consoleRandom, bmcRandom, guid } = exchange;
  return hmac(
    exchange,
    password,
    consoleSession,
    bmcSession,
    consoleRandom,
    bmcRandom,
    guid,
    roleAndUser(exchange),
  );
}

/** RAKP message 3's: so does the remote console. */
export function rakp3Code(exchange: Exchange, password: string): Buffer {
  return hmac(exchange, password, exchange.bmcRandom, exchange.consoleSession, roleAndUser(exchange));
}

/** SIK, of which the other keys are made. */
export function sessionIntegrityKey(exchange: Exchange, password: string): Buffer {
  return hmac(exchange, password, exchange.consoleRandom, exchange.bmcRandom, roleAndUser(exchange));
}

/** RAKP message 4's integrity check value: both made the same SIK. */
export function rakp4Code(exchange: Exchange, sik: Buffer): Buffer {
  const { consoleRandom, bmcSession, guid, suite } = exchange;
  return hmac(exchange, sik, consoleRandom, bmcSession, guid).subarray(0, suite.shortHmac);
}

export function sessionKeys(exchange: Exchange, sik: Buffer): SessionKeys {
  return {
    integrity: hmac(exchange, sik, Buffer.alloc(20, 1)),
    encryption: hmac(exchange, sik, Buffer.alloc(20, 2)).subarray(0, 16),
  };
}

function roleAndUser({ role, user }: Exchange): Buffer {
  return Buffer.concat([Buffer.from([role, user.length]), user]);
}

/** A password is a key of 20 bytes padded with zeros; HMAC pads its key the same way, so that needs no doing. */
function hmac({ suite }: Exchange, key: string | Buffer, ...parts: Buffer[]): Buffer {
  const digest = createHmac(suite.hash, key);
  for (const part of parts) digest.update(part);
  return digest.digest();
}
