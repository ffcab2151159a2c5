import { once } from "node:events";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { added, NovaConsole } from "../../../../../agent/bmc/cloud/novaConsole";
import type { SerialLine } from "../../../../../agent/nova/machine";
import type { FakeServer } from "../../../../support/fakeNova";
import { CloudFixture } from "../../../../support/labCloud";
import { until } from "../../../../support/waiting";

/** Of ws, which Playwright bundles without types. */
interface WebSocketServer extends NodeJS.EventEmitter {
  readonly clients: Set<{ terminate(): void }>;
  address(): AddressInfo;
  close(): void;
}
const { wsServer } = createRequire(__filename)("playwright-core/lib/utilsBundle") as {
  wsServer: new (options: object) => WebSocketServer;
};

let fixture: CloudFixture;
let server: FakeServer;
let console: NovaConsole;
let shown: string;
let line: SerialLine | undefined;

beforeEach(async () => {
  fixture = await new CloudFixture().start();
  server = fixture.nova.node("node-0", { vmState: "active", power: 1 });
  const { context } = await fixture.agent();
  console = new NovaConsole({ key: "node-0", uuid: server.id }, context);
  shown = "";
});
afterEach(async () => {
  line?.close();
  line = undefined;
  await fixture.stop();
});

const open = async () => {
  line = await console.open((data) => {
    shown += data.toString();
  });
  return line;
};
const asked = () => fixture.nova.requests.filter((one) => one.endsWith(`${server.id}/action`)).length;

describe("a cloud without serial consoles", () => {
  test("has the console's log, read only: what comes from now on, and all of the next boot's", async () => {
    server.console = "from before\n";
    expect((await open()).write).toBeUndefined();
    await until("it was looked at", () => asked() > 0);
    server.console += "one\ntwo\r\n";
    await until("it is there", () => shown !== "");
    expect(shown).toBe("one\r\ntwo\r\n");
    server.console = "another boot\n";
    await until("that is there", () => shown.includes("boot"));
    expect(shown).toBe("one\r\ntwo\r\nanother boot\r\n");
  });

  test("is not asked once nobody looks", async () => {
    (await open()).close();
    await until("the request under way is over", () => asked() === 1);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(asked()).toBe(1);
  });
});

test("what a log has more is found again by its end, where its beginning is gone", () => {
  const tail = `${"x".repeat(300)} end\n`;
  expect(added(`lost\n${tail}`, `${tail}new\n`)).toBe("new\n");
  expect(added("short", "other")).toBe("other");
  expect(added("", "all")).toBe("all");
});

describe("a cloud with serial consoles", () => {
  let proxy: WebSocketServer;
  const got: string[] = [];

  beforeEach(async () => {
    got.length = 0;
    proxy = new wsServer({ port: 0, host: "127.0.0.1", handleProtocols: () => "binary" });
    await once(proxy, "listening");
    fixture.nova.serialUrl = `ws://127.0.0.1:${proxy.address().port}/?token=secret-token`;
    proxy.on("connection", (socket, request) => {
      got.push(String(request.url));
      socket.on("message", (data: Buffer) => {
        got.push(String(data));
        socket.send(Buffer.from("y".repeat(70_000)));
      });
      socket.ping();
      socket.on("pong", () => socket.send(Buffer.from("login: ")));
    });
  });
  afterEach(() => {
    for (const socket of proxy.clients) socket.terminate();
    proxy.close();
  });

  test("is typed at and read, long messages too, and answers its pings", async () => {
    const { write, close } = await open();
    await until("it greets", () => shown === "login: ");
    write!(Buffer.from("r".repeat(200)));
    await until("it answers", () => shown.length === 7 + 70_000);
    expect(got).toEqual(["/?token=secret-token", "r".repeat(200)]);
    close();
    await until("the connection is closed", () => proxy.clients.size === 0);
    expect(JSON.stringify(fixture.log)).not.toContain("secret-token");
  });

  test("is connected again when it is cut, as by a power cycle", async () => {
    await open();
    await until("it greets", () => shown === "login: ");
    for (const socket of proxy.clients) socket.terminate();
    await until("it greets again", () => shown === "login: login: ");
  });
});
