import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cipherSuites } from "../../../../../agent/bmc/ipmi/cipherSuite";
import * as rakp from "../../../../../agent/bmc/ipmi/rakp";

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

/** One exchange, written down as the fields of IPMI 2.0, 13.28 are sent. */
const parts = {
  consoleSession: hex("a4a3a2a0"),
  bmcSession: hex("01020304"),
  consoleRandom: hex("000102030405060708090a0b0c0d0e0f"),
  bmcRandom: hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"),
  guid: hex("33221100554477668899aabbccddeeff"),
  role: 0x14,
  user: Buffer.from("admin"),
};
const password = "secret";
// Role_M 0x14, length 5, "admin"
const roleAndUser = "14 05 61646d696e";

/** HMAC as RFC 2104 defines it, from the bare hash function, with IPMI's 20 byte key padded with zeros. */
function hmacByHand(hash: "sha1" | "sha256", key: Buffer, text: Buffer): Buffer {
  const block = Buffer.alloc(64);
  key.copy(block);
  const xor = (byte: number) => block.map((each) => each ^ byte);
  const inner = createHash(hash).update(xor(0x36)).update(text).digest();
  return createHash(hash).update(xor(0x5c)).update(inner).digest();
}

const passwordKey = Buffer.alloc(20);
passwordKey.write(password);

for (const suite of cipherSuites) {
  const { hash, shortHmac } = suite;
  const exchange = { ...parts, suite };

  test(`suite ${suite.id}: RAKP's codes and keys are what the specification's formulas give`, () => {
    const hmac = (key: Buffer, text: string) => hmacByHand(hash, key, hex(text));
    const session = "a4a3a2a0 01020304";
    const randoms = "000102030405060708090a0b0c0d0e0f f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
    const guid = "33221100554477668899aabbccddeeff";
    expect(rakp.rakp2Code(exchange, password)).toEqual(
      hmac(passwordKey, `${session} ${randoms} ${guid} ${roleAndUser}`),
    );
    expect(rakp.rakp3Code(exchange, password)).toEqual(
      hmac(passwordKey, `f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff a4a3a2a0 ${roleAndUser}`),
    );
    const sik = hmac(passwordKey, `${randoms} ${roleAndUser}`);
    expect(rakp.sessionIntegrityKey(exchange, password)).toEqual(sik);
    expect(rakp.rakp4Code(exchange, sik)).toEqual(
      hmac(sik, `000102030405060708090a0b0c0d0e0f 01020304 ${guid}`).subarray(0, shortHmac),
    );
    expect(rakp.sessionKeys(exchange, sik)).toEqual({
      integrity: hmac(sik, "01".repeat(20)),
      encryption: hmac(sik, "02".repeat(20)).subarray(0, 16),
    });
  });

  test(`suite ${suite.id}: a code is good for one exchange only`, () => {
    const code = rakp.rakp3Code(exchange, password);
    const change = fc.constantFrom("bmcRandom" as const, "consoleSession" as const, "user" as const);
    fc.assert(
      fc.property(change, fc.nat(), fc.integer({ min: 1, max: 255 }), (field, at, by) => {
        const changed = Buffer.from(parts[field]);
        changed[at % changed.length]! ^= by;
        expect(rakp.rakp3Code({ ...exchange, [field]: changed }, password)).not.toEqual(code);
      }),
    );
    expect(rakp.rakp3Code({ ...exchange, role: 0x13 }, password)).not.toEqual(code);
    expect(rakp.rakp3Code(exchange, "Secret")).not.toEqual(code);
  });
}

test("the HMAC by hand is the one that RFC 2202 and RFC 4231 have test vectors for", () => {
  const text = Buffer.from("what do ya want for nothing?");
  expect(hmacByHand("sha1", Buffer.from("Jefe"), text).toString("hex")).toBe(
    "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
  );
  expect(hmacByHand("sha256", Buffer.from("Jefe"), text).toString("hex")).toBe(
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
});
