import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { cipherSuites } from "../../../../../agent/bmc/ipmi/cipherSuite";
import type { Session } from "../../../../../agent/bmc/ipmi/session";
import { defaultLimits, SessionTable } from "../../../../../agent/bmc/ipmi/sessionTable";
import { Sol } from "../../../../../agent/bmc/ipmi/sol";
import type { SerialLine } from "../../../../../agent/nova/machine";
import { FakeMachine } from "../../../../support/ipmiClient";

class Console extends FakeMachine {
  out: (data: Buffer) => void = () => {};
  typed = "";
  closed = 0;
  isReadOnly = false;
  readonly console = {
    open: async (out: (data: Buffer) => void): Promise<SerialLine> => {
      this.out = out;
      const close = () => void this.closed++;
      if (this.isReadOnly) return { close };
      const write = (data: Buffer) => {
        this.typed += data.toString();
      };
      return { close, write };
    },
  };

  say(text: string): void {
    this.out(Buffer.from(text));
  }
}

let machine: Console;
let sessions: SessionTable;
let sol: Sol;
let sent: { session: Session; head: number[]; text: string }[];

beforeEach(() => {
  vi.useFakeTimers();
  machine = new Console();
  sessions = new SessionTable(defaultLimits, () => performance.now());
  sent = [];
  const send = (session: Session, payload: Buffer) =>
    sent.push({ session, head: [...payload.subarray(0, 4)], text: payload.subarray(4).toString() });
  sol = new Sol(machine, sessions, send, () => {});
});
afterEach(() => {
  sol.deactivate();
  vi.useRealTimers();
});

function aSession(): Session {
  const session = sessions.open(Buffer.alloc(4, 1), cipherSuites[0]!, 4, {
    address: "192.0.2.9",
    port: 5000,
  });
  sessions.establish(session, { integrity: Buffer.alloc(20), encryption: Buffer.alloc(16) });
  return session;
}

async function active(): Promise<Session> {
  const session = aSession();
  expect(sol.activate(session)).toBe(true);
  await vi.advanceTimersByTimeAsync(0);
  return session;
}

const packet = (head: number[], text = "") => Buffer.concat([Buffer.from(head), Buffer.from(text)]);

describe("what the machine writes", () => {
  test("goes out one packet after another, each once it is acknowledged", async () => {
    const session = await active();
    machine.say("a".repeat(250));
    expect(sent).toEqual([{ session, head: [1, 0, 0, 0], text: "a".repeat(200) }]);
    sol.receive(session, packet([0, 1, 200, 0]));
    expect(sent[1]).toEqual({ session, head: [2, 0, 0, 0], text: "a".repeat(50) });
    sol.receive(session, packet([0, 2, 50, 0]));
    expect(sent).toHaveLength(2);
  });

  test("goes again every half second without an acknowledgement, seven times, and is then lost", async () => {
    const session = await active();
    machine.say("one");
    await vi.advanceTimersByTimeAsync(7 * 500);
    expect(sent.map(({ head, text }) => `${head[0]} ${text}`)).toEqual(new Array(8).fill("1 one"));
    machine.say("two");
    await vi.advanceTimersByTimeAsync(500);
    expect(sent.at(-1)).toMatchObject({ head: [2, 0, 0, 0], text: "two" });
    sol.receive(session, packet([0, 1, 3, 0])); // late, of the lost one
    await vi.advanceTimersByTimeAsync(500);
    expect(sent.at(-1)).toMatchObject({ head: [2, 0, 0, 0], text: "two" });
  });

  test("goes again in part where a part was taken, and later after a NACK", async () => {
    const session = await active();
    machine.say("abcdef");
    sol.receive(session, packet([0, 1, 2, 0]));
    expect(sent.at(-1)).toMatchObject({ head: [2, 0, 0, 0], text: "cdef" });
    sol.receive(session, packet([0, 2, 0, 0x40]));
    expect(sent).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(500);
    expect(sent.at(-1)).toMatchObject({ head: [2, 0, 0, 0], text: "cdef" });
  });

  test("is kept for a slow console, and says where something was left out", async () => {
    const session = await active();
    machine.say("x");
    machine.say("y".repeat(70_000));
    sol.receive(session, packet([0, 1, 1, 0]));
    expect(sent.at(-1)!.head).toEqual([2, 0, 0, 0x08]);
    sol.receive(session, packet([0, 2, 200, 0]));
    expect(sent.at(-1)!.head).toEqual([3, 0, 0, 0]);
  });
});

describe("keys", () => {
  test("are given to the machine once, also when a packet comes twice, and acknowledged each time", async () => {
    const session = await active();
    for (const _ of [1, 2]) sol.receive(session, packet([1, 0, 0, 0], "root\r"));
    sol.receive(session, packet([2, 0, 0, 0], "x"));
    expect(machine.typed).toBe("root\rx");
    expect(sent.map(({ head }) => head)).toEqual([
      [0, 1, 5, 0],
      [0, 1, 5, 0],
      [0, 2, 1, 0],
    ]);
  });

  test("that come before the line is open wait for it", async () => {
    const session = aSession();
    sol.activate(session);
    sol.receive(session, packet([1, 0, 0, 0], "early"));
    await vi.advanceTimersByTimeAsync(0);
    expect(machine.typed).toBe("early");
  });

  test("that cannot be given are answered with a notice, once", async () => {
    machine.isReadOnly = true;
    const session = await active();
    sol.receive(session, packet([1, 0, 0, 0], "a"));
    sol.receive(session, packet([2, 0, 0, 0], "b"));
    const notices = sent.filter(({ text }) => text.includes("read only"));
    expect(notices).toHaveLength(1);
  });
});

describe("one session has it", () => {
  test("until it deactivates it, and is told", async () => {
    const first = await active();
    const second = aSession();
    expect(sol.activate(second)).toBe(false);
    expect(sol.activate(first)).toBe(true);
    expect(sol.receive(second, packet([1, 0, 0, 0], "rm"))).toBe(false);
    expect(machine.typed).toBe("");
    expect(sol.deactivate()).toBe(true);
    expect(sent.at(-1)).toMatchObject({ session: first, head: [0, 0, 0, 0x10] });
    expect(machine.closed).toBe(1);
    expect(sol.deactivate()).toBe(false);
    expect(sol.activate(second)).toBe(true);
  });

  test("until that session ends", async () => {
    const session = await active();
    sessions.close(session);
    await vi.advanceTimersByTimeAsync(1000);
    expect(machine.closed).toBe(1);
    expect(sol.session).toBeUndefined();
  });
});
