import { randomBytes } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test, vi } from "vitest";
import { lastSocket } from "../../../../support/datagramSockets";
import {
  ipmiMessage,
  openSessionRequest,
  plain15,
  plain20,
  rakp1,
  rakp3,
  startServer,
  TestClient,
  username,
} from "../../../../support/ipmiClient";

vi.mock("node:dgram", async (original) =>
  (await import("../../../../support/datagramSockets")).rememberingSockets(original),
);

/** OVB_FUZZ_PACKETS=1000000 takes a minute or so. */
const packets = Number(process.env.OVB_FUZZ_PACKETS ?? 20_000);
const seed = Number(process.env.OVB_FUZZ_SEED ?? 20260101);

/** mulberry32: small, seeded, good enough to pick bytes. */
function random(state: number): (below: number) => number {
  let a = state;
  return (below) => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** Bits flipped, bytes set, cut off, added, or two packets spliced. */
function mutate(packet: Buffer, other: Buffer, pick: (below: number) => number): Buffer {
  let bytes = Buffer.from(packet);
  for (let times = 1 + pick(3); times > 0; times--) {
    const at = pick(bytes.length + 1);
    const kind = pick(5);
    if (kind === 0 && at < bytes.length) bytes[at]! ^= 1 << pick(8);
    else if (kind === 1 && at < bytes.length) bytes[at] = [0, 0xff, 0x7f, 0x80, pick(256)][pick(5)]!;
    else if (kind === 2) bytes = Buffer.from(bytes.subarray(0, at));
    else if (kind === 3) bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(pick(other.length))]);
    else
      bytes = Buffer.concat([bytes.subarray(0, at), Buffer.alloc(pick(40), pick(256)), bytes.subarray(at)]);
  }
  return bytes;
}

/**
 * Puts datagrams into the server's socket and takes what it sends out again, without the network: a million would
 * take minutes otherwise, and the kernel would drop some.
 */
function directTransport() {
  const socket = lastSocket();
  const sent: Buffer[] = [];
  Reflect.set(socket, "send", (data: Buffer) => sent.push(data));
  const peer = { address: "127.0.0.1", port: 9, family: "IPv4" as const, size: 0 };
  const put = (data: Buffer) => socket.emit("message", data, peer);
  const exchange = async (data: Buffer) => {
    sent.length = 0;
    put(data);
    await soon();
    return sent.at(-1);
  };
  return { sent, put, exchange };
}

/** Resolves when what doesn't wait for the outside has been done. */
function soon(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function heapAfterCollection(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed + process.memoryUsage().external;
}

test(`${packets} mutated packets (seed ${seed}): no crash, no amplification, no more memory`, {
  timeout: 600_000,
}, async () => {
  const pick = random(seed);
  let clock = 0;
  const { server, machine } = await startServer({ log: () => {}, now: () => clock });
  const { sent, put, exchange } = directTransport();
  const session = new TestClient(exchange, 17);
  const half = async () => (await exchange(openSessionRequest([3, 4, 1])))!.subarray(24, 28);
  const someId = randomBytes(4);
  // biome-ignore format: network function, command and data in a row
  const commands = [
    [0x00, 0x00], [0x00, 0x01], [0x00, 0x02, 1], [0x00, 0x04, 5], [0x00, 0x08, 5, 0xe0, 4, 0, 0, 0],
    [0x00, 0x08, 0, 1], [0x00, 0x08, 3, 8], [0x00, 0x09, 5, 0, 0], [0x06, 0x01], [0x06, 0x37], [0x06, 0x38, 0x8e, 4],
    [0x06, 0x3b, 4], [0x06, 0x3d, 0], [0x06, 0x3d, 0xff, 1, 2, 3, 4], [0x06, 0x42, 14], [0x06, 0x44, 1, 2],
    [0x06, 0x46, 2], [0x06, 0x54, 14, 0, 0x80], [0x0a, 0x10, 0], [0x0a, 0x11, 0, 0, 0, 16],
    [0x0a, 0x23, 0, 0, 0, 0, 0, 0xff], [0x0a, 0x40], [0x0c, 0x02, 1, 3, 0, 0],
  ];
  const messages = commands.map(([netFn, command, ...data]) => ipmiMessage(netFn!, command!, data));
  const outside = [
    Buffer.from([6, 0, 0xff, 6, 0, 0, 0x11, 0xbe, 0x80, 1, 0, 0]),
    ...messages.map(plain15),
    ...messages.map((message) => plain20(0, message)),
    openSessionRequest([1, 1, 1]),
    openSessionRequest([0, 0, 0]),
  ];

  let before = 0;
  let served = 0;
  for (let n = 0; n < packets; n++) {
    if (n % 100 === 0) {
      clock += 20_000; // abandoned sessions end after three rounds
      // Mutated commands may have closed it, reset the BMC, lowered its level or run the sequence numbers away.
      expect(await session.open(), `after ${n} packets`).toBe(true);
      session.sequence = 1;
      const id = await half();
      outside.splice(50, outside.length);
      outside.push(
        rakp1(id, randomBytes(16), 0x14, username),
        rakp3(id, randomBytes(32)),
        rakp3(someId, randomBytes(32)),
      );
      outside.push(session.seal(messages[1]!, 999));
    }
    // By a tenth all code has run and all caches are filled.
    if (n === Math.floor(packets / 10)) before = heapAfterCollection();
    const message = messages[pick(messages.length)]!;
    sent.length = 0;
    if (pick(2) === 0) {
      // Past the seal, where only the holder of the keys gets: mostly with checksums that are right.
      let inner = mutate(message, messages[pick(messages.length)]!, pick);
      if (pick(4) > 0 && inner.length >= 7) {
        inner = ipmiMessage(inner[1]! >> 2, inner[5]!, [...inner.subarray(6, -1)], pick(64));
      }
      put(session.seal(inner));
      await soon();
      served += sent.length;
    } else {
      const packet = mutate(outside[pick(outside.length)]!, outside[pick(outside.length)]!, pick);
      put(packet);
      // What anyone can make it send is to be under twice of what they sent; the pong has a fixed size.
      const answered = sent.reduce((sum, each) => sum + each.length, 0);
      expect(answered).toBeLessThan(Math.max(2 * packet.length, 29));
    }
    expect(server.sessions).toBeLessThanOrEqual(32);
  }
  const growth = heapAfterCollection() - before;
  await server.close();
  machine.changes.length = 0;
  expect(served).toBeGreaterThan(packets / 10);
  expect(server.dropped).toBeGreaterThan(packets / 10);
  expect(growth).toBeLessThan(8 * 1024 * 1024);
});
