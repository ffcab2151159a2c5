import fc from "fast-check";
import { expect, test } from "vitest";
import { chooseCipherSuite, cipherSuites } from "../../../../agent/bmc/ipmi/cipherSuite";
import { fruInventory } from "../../../../agent/bmc/ipmi/fruInventory";
import { guidBytes } from "../../../../agent/bmc/ipmi/guid";
import {
  decodeLanMessage,
  encodeLanMessage,
  type LanMessage,
  responseTo,
} from "../../../../agent/bmc/ipmi/lanMessage";
import * as rmcp from "../../../../agent/bmc/ipmi/rmcp";
import { seal, unseal } from "../../../../agent/bmc/ipmi/sealedPacket";
import { SequenceWindow } from "../../../../agent/bmc/ipmi/sequenceWindow";
import { decodeOpenSessionRequest, decodeRakp1, decodeRakp3 } from "../../../../agent/bmc/ipmi/setupMessages";
import { ipmiMessage, openSessionRequest, rakp1, rakp3 } from "../../../support/ipmiClient";

const bytes = (least: number, most: number) =>
  fc.uint8Array({ minLength: least, maxLength: most }).map((array) => Buffer.from(array));
const byte = fc.integer({ min: 0, max: 255 });
const sessionNumber = fc.integer({ min: 1, max: 0xffffffff });
const bits = (count: number) => fc.integer({ min: 0, max: 2 ** count - 1 });

const lanMessage: fc.Arbitrary<LanMessage> = fc.record({
  to: byte,
  toLun: bits(2),
  from: byte,
  fromLun: bits(2),
  netFn: bits(6),
  command: byte,
  sequence: bits(6),
  data: bytes(0, 80),
});

test("RMCP: what is encoded decodes to the same", () => {
  fc.assert(
    fc.property(byte, (tag) => {
      expect(rmcp.decodePacket(rmcp.encodePing({ kind: "ping", tag }))).toEqual({ kind: "ping", tag });
      expect(rmcp.decodePacket(rmcp.encodePong({ kind: "pong", tag }))).toEqual({ kind: "pong", tag });
    }),
  );
  const in15 = fc.record({
    kind: fc.constant("plain" as const),
    wrapper: fc.constant("1.5" as const),
    payloadType: fc.constant(0),
    payload: bytes(0, 255),
  });
  const in20 = fc.record({
    kind: fc.constant("plain" as const),
    wrapper: fc.constant("2.0" as const),
    payloadType: bits(6),
    payload: bytes(0, 600),
  });
  fc.assert(
    fc.property(fc.oneof(in15, in20), (packet) => {
      expect(rmcp.decodePacket(rmcp.encodePlain(packet))).toEqual(packet);
    }),
  );
  const sealed = fc.record({
    kind: fc.constant("sealed" as const),
    session: sessionNumber,
    sequence: bits(32),
    payloadType: bits(6),
    length: fc.integer({ min: 0, max: 600 }),
  });
  fc.assert(
    fc.property(sealed, (packet) => {
      const datagram = Buffer.concat([rmcp.encodeSealedHeader(packet), Buffer.alloc(packet.length)]);
      expect(rmcp.decodePacket(datagram)).toEqual(packet);
      expect(rmcp.decodePacket(datagram.subarray(0, -1))).toBeUndefined();
    }),
  );
});

test("IPMI messages: what is encoded decodes to the same, and an answer goes back to the asker", () => {
  fc.assert(
    fc.property(lanMessage, (message) => {
      expect(decodeLanMessage(encodeLanMessage(message))).toEqual(message);
      const answer = responseTo(message, Buffer.from([0]));
      expect(answer).toMatchObject({ to: message.from, from: message.to, sequence: message.sequence });
      expect(answer.netFn).toBe(message.netFn | 1);
    }),
  );
  fc.assert(
    fc.property(
      bits(6),
      byte,
      fc.array(byte, { maxLength: 30 }),
      bits(6),
      (netFn, command, data, sequence) => {
        const decoded = decodeLanMessage(ipmiMessage(netFn, command, data, sequence));
        expect(decoded).toMatchObject({ to: 0x20, from: 0x81, netFn, command, sequence });
        expect([...decoded!.data]).toEqual(data);
      },
    ),
  );
});

test("IPMI messages: any one changed byte breaks a checksum", () => {
  fc.assert(
    fc.property(lanMessage, fc.nat(), fc.integer({ min: 1, max: 255 }), (message, at, change) => {
      const encoded = encodeLanMessage(message);
      encoded[at % encoded.length]! ^= change;
      expect(decodeLanMessage(encoded)).toBeUndefined();
    }),
  );
});

test("session set-up: the decoders read what a client writes", () => {
  const name = fc.string({ maxLength: 16, unit: "grapheme-ascii" });
  fc.assert(
    fc.property(bytes(4, 4), bytes(16, 16), byte, name, byte, (session, random, role, user, tag) => {
      expect(decodeRakp1(rakp1(session, random, role, user, tag).subarray(16))).toEqual({
        tag,
        bmcSession: session.readUInt32LE(0),
        consoleRandom: random,
        role,
        user: Buffer.from(user),
        nameFits: true,
      });
      expect(decodeRakp3(rakp3(session, random, role).subarray(16))).toEqual({
        tag: 0,
        status: role,
        bmcSession: session.readUInt32LE(0),
        code: random,
      });
    }),
  );
  fc.assert(
    fc.property(bits(6), bits(6), bits(6), bits(4), byte, (a, b, c, privilege, tag) => {
      const request = openSessionRequest([a, b, c], privilege, tag).subarray(16);
      const proposal = { authentication: a, integrity: b, confidentiality: c };
      expect(decodeOpenSessionRequest(request)).toMatchObject({ tag, privilege, proposal });
      request[11] = 0; // the length that means "choose the authentication for me"
      const open = { ...proposal, authentication: undefined };
      expect(decodeOpenSessionRequest(request)).toMatchObject({ proposal: open });
    }),
  );
});

test("no decoder throws, whatever the bytes", () => {
  const prefix = fc.constantFrom(
    Buffer.alloc(0),
    Buffer.from([6, 0, 0xff, 6, 0, 0, 0x11, 0xbe]),
    Buffer.from([6, 0, 0xff, 7, 0]),
    Buffer.from([6, 0, 0xff, 7, 6]),
    Buffer.from([6, 0, 0xff, 7, 6, 0xc0]),
  );
  const suite = cipherSuites[1]!;
  const keys = { integrity: Buffer.alloc(32), encryption: Buffer.alloc(16) };
  const run = (start: Buffer, rest: Buffer) => {
    const data = Buffer.concat([start, rest]);
    const packet = rmcp.decodePacket(data);
    if (packet?.kind === "sealed") expect(unseal(suite, keys, packet, data)).toBeUndefined();
    decodeLanMessage(rest);
    decodeOpenSessionRequest(rest);
    decodeRakp1(rest);
    decodeRakp3(rest);
  };
  fc.assert(fc.property(prefix, bytes(0, 100), run), { numRuns: 2000 });
});

test("sealed packets: open with the right keys only, and not after any change", () => {
  const suites = fc.constantFrom(...cipherSuites);
  const change = fc.integer({ min: 1, max: 255 });
  fc.assert(
    fc.property(
      suites,
      bytes(32, 32),
      bytes(0, 80),
      bits(32),
      fc.nat(),
      change,
      (suite, key, payload, sequence, at, by) => {
        const keys = { integrity: key, encryption: key.subarray(0, 16) };
        const datagram = seal(suite, keys, { session: 1, sequence, payloadType: 0 }, payload);
        const packet = rmcp.decodePacket(datagram) as rmcp.SealedPacket;
        expect(packet).toMatchObject({ kind: "sealed", session: 1, sequence, payloadType: 0 });
        expect(unseal(suite, keys, packet, datagram)).toEqual(payload);
        const otherKeys = { ...keys, integrity: Buffer.alloc(32, 1) };
        expect(unseal(suite, otherKeys, packet, datagram)).toBeUndefined();
        const position = 4 + (at % (datagram.length - 4)); // the RMCP header is not signed
        datagram[position]! ^= by;
        const changed = rmcp.decodePacket(datagram);
        if (changed?.kind === "sealed") expect(unseal(suite, keys, changed, datagram)).toBeUndefined();
      },
    ),
  );
});

test("cipher suites: 3 and 17 are taken, every other combination is refused for its weakest part", () => {
  const choose = (authentication?: number, integrity?: number, confidentiality?: number) => {
    const chosen = chooseCipherSuite({ authentication, integrity, confidentiality });
    return typeof chosen === "number" ? `status ${chosen.toString(16)}` : `suite ${chosen.id}`;
  };
  expect(choose(1, 1, 1)).toBe("suite 3");
  expect(choose(3, 4, 1)).toBe("suite 17");
  expect(choose()).toBe("suite 17");
  expect(choose(1)).toBe("suite 3");
  // IPMI 2.0, table 22-20: suites 0, 1, 2, 6, 8, 15, 16
  expect(choose(0, 0, 0)).toBe("status 4");
  expect(choose(1, 0, 0)).toBe("status 5");
  expect(choose(1, 1, 0)).toBe("status 10");
  expect(choose(2, 0, 0)).toBe("status 4");
  expect(choose(2, 2, 1)).toBe("status 4");
  expect(choose(3, 0, 0)).toBe("status 5");
  expect(choose(3, 4, 0)).toBe("status 10");
  expect(choose(1, 1, 2)).toBe("status 10");
  // Both parts are known, but no suite has them together.
  expect(choose(1, 4, 1)).toBe("status 11");
});

test("sequence numbers: each once, 15 ahead and 16 behind, around the wrap as well", () => {
  const steps = fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 200 });
  const begin = fc.constantFrom(0, 0xffffffff - 100, 0xffffffff - 20, 0x7fffffff - 20);
  fc.assert(
    fc.property(begin, steps, (start, moves) => {
      const window = new SequenceWindow(start);
      // Index n stands for the n-th number after the start; 0 is left out when counting.
      const number = (index: number) =>
        start + index > 0xffffffff ? start + index - 0xffffffff : start + index;
      let newest = 0;
      const seen = new Set<number>();
      for (const move of moves) {
        const index = newest + move;
        const fresh = index > 0 && move <= 15 && move >= -16 && !seen.has(index);
        if (index <= 0 && start > 0) continue; // before the session, which the model doesn't know
        expect(window.accept(number(Math.max(index, 0)))).toBe(fresh);
        if (fresh) seen.add(index);
        if (fresh && index > newest) newest = index;
      }
    }),
    { numRuns: 1000 },
  );
});

test("a UUID goes out in SMBIOS order", () => {
  expect(guidBytes("00112233-4455-6677-8899-aabbccddeeff").toString("hex")).toBe(
    "33221100554477668899aabbccddeeff",
  );
  expect(() => guidBytes("node-0")).toThrow("node-0 is no UUID");
});

test("FRU inventory: both areas add up to 0 and have whole lengths, whatever the node's name", () => {
  const uuid = "4c4c4544-0044-4a10-8054-c7c04f4b4d31";
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 100 }), (key) => {
      const fru = fruInventory({ key, uuid });
      const sum = (part: Buffer) => part.reduce((total, byte) => total + byte, 0) & 0xff;
      expect(sum(fru.subarray(0, 8))).toBe(0);
      expect(sum(fru.subarray(8))).toBe(0);
      expect(fru.length - 8).toBe(fru[9]! * 8);
      expect(fru.includes(uuid)).toBe(true);
    }),
  );
});
