import { inspect } from "node:util";
import { afterEach, expect, test, vi } from "vitest";
import { IpmiServer } from "../../../../../agent/bmc/ipmi/ipmiServer";
import { MachineBusy, Unsupported } from "../../../../../agent/nova/machine";
import { lastSocket } from "../../../../support/datagramSockets";
import {
  FakeMachine,
  ipmiMessage,
  openSessionRequest,
  password,
  plain15,
  plain20,
  rakp1,
  rakp3,
  silence,
  startServer,
  TestClient,
  UdpTransport,
  username,
} from "../../../../support/ipmiClient";

vi.mock("node:dgram", async (original) =>
  (await import("../../../../support/datagramSockets")).rememberingSockets(original),
);

const clean: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of clean.splice(0)) await each();
});

async function start(options: Parameters<typeof startServer>[0] = {}) {
  const started = await startServer(options);
  clean.push(() => started.server.close());
  return started;
}

function udp(server: IpmiServer): UdpTransport {
  const transport = new UdpTransport(server.port);
  clean.push(() => transport.close());
  return transport;
}

function client(server: IpmiServer, suite?: 3 | 17): TestClient {
  return new TestClient(udp(server).send, suite);
}

const getPower = [0x00, 0x01] as const;
const control = [0x00, 0x02] as const;
const setBoot = [0x00, 0x08] as const;
const getBoot = [0x00, 0x09] as const;

test.each([3, 17] as const)(
  "suite %i: a client written from the specification gets a session and an answer",
  async (suite) => {
    const { server, machine } = await start();
    const session = client(server, suite);
    expect(await session.open()).toBe(true);
    expect(await session.command(...getPower)).toEqual([0, 0x01, 0, 0x40]);
    machine.state = "off";
    expect(await session.command(...getPower)).toEqual([0, 0x00, 0, 0x40]);
  },
);

test("the ACPI power state is the chassis's", async () => {
  const { server, machine } = await start();
  const session = client(server);
  await session.open();
  for (const [state, acpi, chassis] of [
    ["on", 0, 0x01],
    ["off", 5, 0x00],
  ] as const) {
    machine.state = state;
    expect(await session.command(0x06, 0x07)).toEqual([0, acpi, 0]);
    expect(await session.command(...getPower)).toEqual([0, chassis, 0, 0x40]);
  }
});

test("wrong password: message 3 is refused, the session is gone, and the log names neither", async () => {
  const { server, machine, lines } = await start();
  const transport = udp(server);
  const opened = await transport.send(openSessionRequest([1, 1, 1]));
  const id = opened!.subarray(24, 28);
  await transport.send(rakp1(id, Buffer.alloc(16), 0x14, username));
  const refusal = await transport.send(rakp3(id, Buffer.alloc(20)));
  expect(refusal![17]).toBe(0x0f);
  expect(refusal!.length).toBe(24);
  expect(server.sessions).toBe(0);
  expect((await transport.send(rakp3(id, Buffer.alloc(20))))![17]).toBe(0x02);
  expect(lines.join()).toContain("invalidIntegrityCheck");
  expect(lines.join()).not.toContain(password);
  expect(inspect(server, { depth: 20, showHidden: true })).not.toContain(password);
  expect(machine.changes).toEqual([]);
});

test("a console that finds our proof wrong, as ipmitool does with a wrong password, leaves a line in the log", async () => {
  let clock = 0;
  const { server, lines } = await start({ now: () => clock });
  expect(await client(server).open({ secret: "wrong" })).toBe(0x0f);
  clock += 15_000;
  expect(server.sessions).toBe(1);
  await client(server).open();
  expect(lines.join()).toContain("noProofOfPassword");
});

test("refusals: unknown user, longer and shorter names, roles, unknown sessions, other suites", async () => {
  const { server } = await start();
  const refusal = async (options: Parameters<TestClient["open"]>[0]) => client(server).open(options);
  expect(await refusal({ user: "root" })).toBe(0x0d);
  expect(await refusal({ user: "" })).toBe(0x0d);
  expect(await refusal({ user: "admin\0" })).toBe(0x0d);
  expect(await refusal({ user: "a".repeat(17) })).toBe(0x0c);
  expect(await refusal({ role: 0x10 })).toBe(0x09);
  expect(await refusal({ role: 0x15 })).toBe(0x0a);
  expect(await refusal({ role: 0x16 })).toBe(0x09);
  expect(await refusal({ secret: "wrong" })).toBe(0x0f);
  const transport = udp(server);
  expect(
    (await transport.send(rakp1(Buffer.from([1, 2, 3, 4]), Buffer.alloc(16), 0x14, username)))![17],
  ).toBe(2);
  for (const [proposal, status] of [
    [[0, 0, 0], 0x04],
    [[1, 0, 0], 0x05],
    [[1, 1, 0], 0x10],
    [[1, 4, 1], 0x11],
  ] as const) {
    expect((await transport.send(openSessionRequest(proposal)))![17]).toBe(status);
  }
});

test("a session asked for at a lower level can't be raised above it, and levels guard commands", async () => {
  const { server, machine } = await start();
  const user = client(server);
  expect(await user.open({ role: 0x12, level: 0 })).toBe(true);
  expect(await user.command(0x06, 0x3b, [0])).toEqual([0, 2]);
  expect(await user.command(0x06, 0x3b, [4])).toEqual([0x81]);
  expect(await user.command(0x06, 0x3b, [5])).toEqual([0x80]);
  expect(await user.command(...getPower)).toEqual([0, 0x01, 0, 0x40]);
  expect(await user.command(...control, [0])).toEqual([0xd4]);
  expect(await user.command(0x06, 0x02)).toEqual([0xd4]);
  const operator = client(server);
  await operator.open({ level: 0 });
  expect(await operator.command(...control, [0])).toEqual([0xd4]); // starts as user
  expect(await operator.command(0x06, 0x3b, [3])).toEqual([0, 3]);
  expect(await operator.command(0x06, 0x02)).toEqual([0xd4]);
  expect(await operator.command(...control, [0])).toEqual([0]);
  expect(machine.changes).toEqual(["off"]);
});

test("a replayed packet is dropped; a late one within the window is taken once; one too far is dropped", async () => {
  const { server, machine } = await start();
  const transport = udp(server);
  const session = new TestClient(transport.send);
  await session.open();
  const off = session.seal(session.message(...control, [0]));
  expect(await transport.send(off)).toBeDefined();
  const dropped = server.dropped;
  expect(await transport.send(off, silence)).toBeUndefined();
  expect(server.dropped).toBe(dropped + 1);
  expect(machine.changes).toEqual(["off"]);

  const at = session.sequence;
  const sealed = (ahead: number, patience?: number) =>
    transport.send(session.seal(session.message(...getPower), at + ahead), patience);
  expect(await sealed(15)).toBeDefined();
  expect(await sealed(31, silence)).toBeUndefined();
  expect(await sealed(5)).toBeDefined();
  expect(await sealed(5, silence)).toBeUndefined();
  expect(await sealed(30)).toBeDefined();
  expect(await sealed(5 + 8, silence)).toBeUndefined(); // 17 behind now
  expect(await transport.send(session.seal(session.message(...getPower), 0), silence)).toBeUndefined();
});

test("changed, unencrypted and foreign packets of a session are dropped", async () => {
  const { server, machine } = await start();
  const transport = udp(server);
  const session = new TestClient(transport.send);
  await session.open();
  const changed = session.seal(session.message(...control, [0]));
  changed[40]! ^= 1;
  expect(await transport.send(changed, silence)).toBeUndefined();
  const plain = plain20(0x00, session.message(...control, [0]));
  expect(await transport.send(plain, silence)).toBeUndefined();
  session.keys!.bmcSession.copy(plain, 6);
  expect(await transport.send(plain, silence)).toBeUndefined();
  expect(await transport.send(plain15(session.message(...control, [0])), silence)).toBeUndefined();
  const other = new TestClient(transport.send);
  await other.open();
  other.keys = { ...session.keys!, bmcSession: other.keys!.bmcSession };
  expect(await transport.send(other.seal(other.message(...control, [0])), silence)).toBeUndefined();
  expect(machine.changes).toEqual([]);
  expect(await session.command(...getPower)).toEqual([0, 0x01, 0, 0x40]);
});

test("set-up messages that strangers send for a session that is established change nothing", async () => {
  const { server } = await start();
  const transport = udp(server);
  const session = new TestClient(transport.send);
  await session.open();
  const id = session.keys!.bmcSession;
  expect((await transport.send(rakp1(id, Buffer.alloc(16), 0x14, username)))![17]).toBe(0x02);
  expect(await transport.send(rakp3(id, Buffer.alloc(20)), silence)).toBeUndefined();
  expect(await transport.send(rakp3(id, Buffer.alloc(0), 0x0f), silence)).toBeUndefined();
  expect(await session.command(...getPower)).toEqual([0, 0x01, 0, 0x40]);
});

test("messages that are not requests to the BMC, and wrong checksums, are dropped even from who has the keys", async () => {
  const { server } = await start();
  const session = client(server, 17);
  await session.open();
  const send = (message: Buffer, patience?: number) => session.transport(session.seal(message), patience);
  const wrong = session.message(...getPower);
  wrong[6]! ^= 1;
  expect(await send(wrong, silence)).toBeUndefined();
  expect(await send(ipmiMessage(0x01, 0x01, [0]), silence)).toBeUndefined(); // a response
  expect(await send(Buffer.alloc(0), silence)).toBeUndefined();
  expect(await session.command(...getPower)).toBeDefined();
});

test("a repeated request for power is not carried out twice, and gets its answer when that is there", async () => {
  const { server, machine } = await start();
  let open = () => {};
  machine.gate = new Promise((resolve) => {
    open = resolve;
  });
  const transport = udp(server);
  const session = new TestClient(transport.send);
  await session.open();
  const cycle = session.message(...control, [2]);
  expect(await transport.send(session.seal(cycle), silence)).toBeUndefined(); // the cloud is slow
  const waiting = transport.send(session.seal(cycle));
  setTimeout(open, 30);
  expect(await waiting).toBeDefined();
  expect([...session.unseal((await transport.send(session.seal(cycle)))!).subarray(6, -1)]).toEqual([0]);
  expect(machine.changes).toEqual(["cycle"]);
  expect(await session.command(...control, [2])).toEqual([0]); // asked anew
  expect(machine.changes).toEqual(["cycle", "cycle"]);
});

test("set-up messages that are repeated because an answer got lost still lead to the same session", async () => {
  const { server } = await start();
  const transport = udp(server);
  const twice = async (datagram: Buffer) => {
    const first = await transport.send(datagram);
    // What opens a session opens another one when repeated: the first is left to its time-out.
    if (datagram[5] !== 0x10) expect(await transport.send(datagram)).toEqual(first);
    return first;
  };
  const session = new TestClient(twice);
  expect(await session.open({ level: 0 })).toBe(true);
  session.sequence = 0;
  const alone = new TestClient(transport.send);
  alone.keys = session.keys;
  expect(await alone.command(...getPower)).toEqual([0, 0x01, 0, 0x40]);
});

/** Open session requests from another address than the client's, each answered. */
function stranger(server: IpmiServer, address: string) {
  const transport = new UdpTransport(server.port, address);
  clean.push(() => transport.close());
  return async (count = 1) => {
    let id: Buffer = Buffer.alloc(0);
    for (let n = 0; n < count; n++)
      id = (await transport.send(openSessionRequest([1, 1, 1])))!.subarray(24, 28);
    const status = async () => (await transport.send(rakp1(id, Buffer.alloc(16), 0x14, username)))![17];
    return status;
  };
}

test("limits: the address with most sessions being set up makes room, the oldest first", async () => {
  const { server } = await start({ limits: { halfOpen: 4 } });
  const flood = stranger(server, "127.0.0.2");
  const other = stranger(server, "127.0.0.3");
  const [one, oldest, newest] = [await other(), await flood(), await flood(2)];
  await other();
  expect(server.sessions).toBe(4);
  expect(await oldest()).toBe(0x02);
  expect(await newest()).toBe(0);
  expect(await one()).toBe(0);
});

test("limits: a flood from one address locks out no other", async () => {
  const { server } = await start({ limits: { halfOpen: 64 } });
  const flood = stranger(server, "127.0.0.2");
  const transport = udp(server);
  for (let login = 0; login < 4; login++) {
    // As with a long way to the server: between any two messages of the client come more than there are places for.
    const slow = new TestClient(async (datagram) => {
      await flood(100);
      return transport.send(datagram);
    });
    expect(await slow.open()).toBe(true);
    expect(await slow.command(...getPower)).toEqual([0, 0x01, 0, 0x40]);
  }
});

test("limits: established sessions make room for nobody, and have places of their own", async () => {
  const { server } = await start({ limits: { sessions: 3, halfOpen: 2 } });
  const first = client(server);
  await first.open();
  expect(await client(server).open()).toBe(true);
  await stranger(server, "127.0.0.2")(5);
  expect(await client(server).open()).toBe(true);
  // Refused by RAKP message 4, when the password is proved.
  expect(await client(server).open()).toBe(0x01);
  expect(await first.command(...getPower)).toEqual([0, 0x01, 0, 0x40]);
  expect(await first.command(0x06, 0x3d, [0])).toEqual(expect.arrayContaining([0, 1, 3, 3]));
});

test("who asks for every channel and user writes no log", async () => {
  const { server, lines } = await start();
  const session = client(server);
  await session.open();
  for (let number = 2; number < 8; number++) {
    expect(await session.command(0x06, 0x42, [number])).toEqual([0xcc]);
    expect(await session.command(0x06, 0x46, [number + 1])).toEqual([0xcc]);
  }
  expect(lines.filter((line) => line.includes("ipmi.command.failed"))).toEqual([]);
  expect(await session.command(...setBoot, [5, 0x80, 0x3c, 0, 0, 0])).toEqual([0xcc]);
  expect(lines.filter((line) => line.includes("ipmi.command.failed"))).toHaveLength(1);
});

test("a session ends after 60 s without a packet, one being set up after 15 s", async () => {
  let clock = 1_000_000;
  const { server } = await start({ now: () => clock });
  const session = client(server, 3);
  await session.open();
  clock += 59_000;
  expect(await session.command(...getPower)).toBeDefined();
  clock += 59_000;
  expect(await session.command(...getPower)).toBeDefined();
  clock += 60_000;
  expect(await session.command(...getPower, [], silence)).toBeUndefined();
  expect(server.sessions).toBe(0);
  const transport = udp(server);
  const id = (await transport.send(openSessionRequest([1, 1, 1])))!.subarray(24, 28);
  clock += 15_000;
  expect((await transport.send(rakp1(id, Buffer.alloc(16), 0x14, username)))![17]).toBe(0x02);
});

test("what failed is never called success", async () => {
  const { server, machine } = await start();
  const session = client(server);
  await session.open();
  machine.failure = new MachineBusy("task_state powering-off");
  expect(await session.command(...getPower)).toEqual([0xc0]);
  expect(await session.command(...control, [1])).toEqual([0xc0]);
  expect(await session.command(...setBoot, [5, 0x80, 4, 0, 0, 0])).toEqual([0xc0]);
  machine.failure = new Unsupported("no NMI here");
  expect(await session.command(...control, [1])).toEqual([0xd6]);
  machine.failure = new Error("HTTP 500");
  expect(await session.command(...control, [1])).toEqual([0xc0]);
  machine.failure = undefined;
  machine.state = "off";
  for (const action of [2, 3, 4]) expect(await session.command(...control, [action])).toEqual([0xd5]);
  expect(await session.command(...control, [6])).toEqual([0xcc]);
  expect(await session.command(...control)).toEqual([0xc7]);
  expect(await session.command(0x2e, 0x01)).toEqual([0xc1]);
  expect(await session.command(0x00, 0x7f)).toEqual([0xc1]);
  expect(machine.changes).toEqual([]);
  expect(await session.command(...control, [5])).toEqual([0]); // off already: the machine's to say
});

test("boot options: Ironic's raw forms, one-shot and persistent, and what can't be done", async () => {
  const { server, machine } = await start();
  const session = client(server);
  await session.open();
  const set = (...data: number[]) => session.command(...setBoot, data);
  const get = (parameter: number) => session.command(...getBoot, [parameter, 0, 0]);
  expect(await set(0x03, 0x08)).toEqual([0]);
  expect(await set(0x05, 0xa0, 0x04, 0, 0, 0)).toEqual([0]);
  expect(machine.override).toEqual({ target: "pxe", persistence: "once", firmware: "uefi" });
  expect(await get(5)).toEqual([0, 1, 5, 0xa0, 0x04, 0, 0, 0]);
  expect(await set(0x05, 0xe0, 0x08, 0, 0, 0)).toEqual([0]);
  expect(machine.override).toEqual({ target: "disk", persistence: "continuous", firmware: "uefi" });
  expect(await set(0x05, 0x80, 0x20, 0, 0, 0)).toEqual([0]); // remote CD
  expect(machine.override).toEqual({ target: "cdrom", persistence: "once" });
  // Without the bit, of a machine that boots by UEFI: read back as it is.
  expect(await get(5)).toEqual([0, 1, 5, 0xa0, 0x14, 0, 0, 0]);
  expect(await set(0x05, 0x80, 0x18, 0, 0, 0)).toEqual([0]);
  expect(machine.override).toEqual({ target: "bios-setup", persistence: "once" });
  expect(await set(0x05, 0x80, 0x3c, 0, 0, 0)).toEqual([0xcc]); // floppy
  expect(await set(0x05, 0x80, 0x84, 0, 0, 0)).toEqual([0xcc]); // clear the CMOS
  machine.firmware = "bios";
  expect(await set(0x05, 0xa0, 0x04, 0, 0, 0)).toEqual([0xcc]);
  expect(machine.override.target).toBe("bios-setup");
  expect(await set(0x05, 0, 0, 0, 0, 0)).toEqual([0]); // pyghmi's "default"
  expect(machine.override).toEqual({ target: "none", persistence: "once" });
  expect(await get(5)).toEqual([0, 1, 5, 0, 0, 0, 0, 0]);
  expect(await get(3)).toEqual([0, 1, 3, 0x1f]);
  expect(await set(4, 0x01, 0x01)).toEqual([0]);
  expect(await get(4)).toEqual([0, 1, 4, 0, 1]);
  expect(await get(2)).toEqual([0x80]);
  expect(await set(7, 0)).toEqual([0x80]);
});

test("boot flags are kept one after the other, as FreeIPMI and MAAS set them: read, change one, write", async () => {
  const { server, machine } = await start();
  const session = client(server);
  await session.open();
  const change = async (at: number, bits: number, mask: number) => {
    const flags = (await session.command(...getBoot, [5, 0, 0]))!.slice(3);
    flags[at] = (flags[at]! & ~mask) | bits;
    flags[0]! |= 0x80;
    expect(await session.command(...setBoot, [5, ...flags])).toEqual([0]);
    return (await session.command(...getBoot, [5, 0, 0]))!.slice(3);
  };
  expect(await change(0, 0x40, 0x40)).toEqual([0xc0, 0, 0, 0, 0]);
  expect(await change(0, 0x20, 0x20)).toEqual([0xe0, 0, 0, 0, 0]);
  expect(machine.override).toEqual({ target: "none", persistence: "continuous", firmware: "uefi" });
  expect(await change(1, 0x04, 0x3c)).toEqual([0xe0, 0x04, 0, 0, 0]);
  expect(machine.override).toEqual({ target: "pxe", persistence: "continuous", firmware: "uefi" });
  machine.firmware = "bios";
  // EFI is refused on BIOS whatever the device is.
  expect(await session.command(...setBoot, [5, 0xa0, 0, 0, 0, 0])).toEqual([0xcc]);
});

test("set in progress: one session at a time, until it is done, or gone", async () => {
  const { server } = await start();
  const [one, two] = [client(server), client(server)];
  await one.open();
  await two.open();
  const set = (session: TestClient, value: number) => session.command(...setBoot, [0, value]);
  const get = () => two.command(...getBoot, [0, 0, 0]);
  expect(await set(one, 1)).toEqual([0]);
  expect(await get()).toEqual([0, 1, 0, 1]);
  expect(await set(one, 1)).toEqual([0]); // repeated
  expect(await set(two, 1)).toEqual([0x81]);
  expect(await set(one, 0)).toEqual([0]);
  expect(await set(two, 3)).toEqual([0xcc]);
  expect(await set(two, 1)).toEqual([0]);
  expect(await set(two, 2)).toEqual([0]);
  expect(await get()).toEqual([0, 1, 0, 0]);
  expect(await set(one, 1)).toEqual([0]);
  expect(await one.command(0x06, 0x3c, [...one.keys!.bmcSession])).toEqual([0]);
  expect(await set(two, 1)).toEqual([0]);
});

test("mc reset ends all sessions of this node and keeps the wanted boot device", async () => {
  const { server, machine } = await start();
  const [one, two] = [client(server, 3), client(server, 17)];
  await one.open();
  await two.open();
  await one.command(...setBoot, [5, 0xc0, 4, 0, 0, 0]);
  expect(await one.command(0x06, 0x02)).toEqual([0]);
  expect(server.sessions).toBe(0);
  expect(await one.command(...getPower, [], silence)).toBeUndefined();
  expect(await two.command(...getPower, [], silence)).toBeUndefined();
  expect(machine.override).toEqual({ target: "pxe", persistence: "continuous" });
  expect(await one.open()).toBe(true);
});

test("closing: one's own session, another one as administrator only, none twice", async () => {
  const { server } = await start();
  const [admin, operator] = [client(server), client(server, 3)];
  await admin.open();
  await operator.open({ role: 0x13, level: 3 });
  expect(await operator.command(0x06, 0x3c, [...admin.keys!.bmcSession])).toEqual([0xd4]);
  expect(await admin.command(0x06, 0x3c, [...operator.keys!.bmcSession])).toEqual([0]);
  expect(await operator.command(...getPower, [], silence)).toBeUndefined();
  expect(await admin.command(0x06, 0x3c, [...operator.keys!.bmcSession])).toEqual([0x87]);
  expect(await admin.command(0x06, 0x3c, [...admin.keys!.bmcSession])).toEqual([0]);
  expect(server.sessions).toBe(0);
});

test("outside of a session: what a client needs to begin, and nothing else; no answer is twice its request", async () => {
  const { server, machine } = await start();
  const transport = udp(server);
  const asked: [string, Buffer, boolean][] = [
    ["channel authentication capabilities", ipmiMessage(6, 0x38, [0x8e, 4]), true],
    ["channel cipher suites", ipmiMessage(6, 0x54, [0x0e, 0, 0x80]), true],
    ["system GUID", ipmiMessage(6, 0x37, []), true],
    ["session challenge (IPMI 1.5)", ipmiMessage(6, 0x39, [1, ...Buffer.alloc(16)]), false],
    ["device id", ipmiMessage(6, 0x01, []), false],
    ["power off", ipmiMessage(0, 0x02, [0]), false],
    ["unknown", ipmiMessage(0x30, 0x01, []), false],
  ];
  for (const [name, message, answered] of asked) {
    for (const datagram of [plain15(message), plain20(0, message)]) {
      const answer = await transport.send(datagram, answered ? undefined : silence);
      expect(answer !== undefined, name).toBe(answered);
      expect(answer?.length ?? 0, name).toBeLessThan(2 * datagram.length);
      if (answer) expect(answer[4], "same wrapper").toBe(datagram[4]);
    }
  }
  const capabilities = await transport.send(plain15(ipmiMessage(6, 0x38, [0x8e, 4])));
  // Channel 1, 2.0 only, no 1.5 authentication types, named users only.
  expect([...capabilities!.subarray(20, -1)]).toEqual([0, 1, 0x80, 0x04, 0x02, 0, 0, 0, 0]);
  const suites = await transport.send(plain15(ipmiMessage(6, 0x54, [0x0e, 0, 0x80])));
  expect([...suites!.subarray(21, -1)]).toEqual([1, 0xc0, 3, 1, 0x41, 0x81, 0xc0, 17, 3, 0x44, 0x81]);
  expect(machine.changes).toEqual([]);
});

test("ASF presence ping is answered with a pong", async () => {
  const { server } = await start();
  const pong = await udp(server).send(Buffer.from([6, 0, 0xff, 6, 0, 0, 0x11, 0xbe, 0x80, 0x2a, 0, 0]));
  expect(pong!.toString("hex")).toBe("0600ff06000011be402a0010000011be000000008100000000000000");
});

test("a datagram from port 0, which can't be answered, is dropped", async () => {
  const { server } = await start();
  const socket = lastSocket();
  const ping = Buffer.from([6, 0, 0xff, 6, 0, 0, 0x11, 0xbe, 0x80, 0x2a, 0, 0]);
  socket.emit("message", ping, { address: "127.0.0.1", family: "IPv4", port: 0, size: ping.length });
  expect(server.dropped).toBe(1);
  expect(await udp(server).send(ping)).toBeDefined();
});

test("a cloud that never answers doesn't hold a session for ever", async () => {
  let clock = 0;
  const { server, machine } = await start({ now: () => clock });
  machine.gate = new Promise(() => {});
  const session = client(server);
  await session.open();
  expect(await session.command(...control, [0], silence)).toBeUndefined();
  clock += 60_000;
  expect(await client(server).open()).toBe(true);
  expect(server.sessions).toBe(1);
});

test("a user name or password that IPMI has no room for is refused at the start, and not shown", async () => {
  const make = (options: object) =>
    new IpmiServer({ machine: new FakeMachine(), username, password, log: () => {}, ...options });
  const long = "x".repeat(21);
  expect(() => make({ password: long })).toThrow("password has 21 bytes: IPMI 2.0 takes 1 to 20");
  expect(() => make({ password: long })).not.toThrow(long);
  expect(() => make({ password: "" })).toThrow("has 0 bytes");
  expect(() => make({ username: "ä".repeat(9) })).toThrow("user name has 18 bytes");
});

test("an address in use is named, with what to do", async () => {
  const { server } = await start();
  const second = new IpmiServer({ machine: new FakeMachine(), username, password, log: () => {} });
  await expect(second.listen({ address: "127.0.0.1", port: server.port })).rejects.toThrow(
    `IPMI for node-0 can't listen on 127.0.0.1 port ${server.port}`,
  );
});
