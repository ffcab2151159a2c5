import { connect, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FakeNode } from "../../../../support/redfish/fakeNode";
import { ask, basic } from "../../../../support/redfish/request";
import { type Served, serve, testUser } from "../../../../support/redfish/serve";
import { until } from "../../../../support/waiting";

const v1 = "/redfish/v1";
const reset = `${v1}/Systems/node-0/Actions/ComputerSystem.Reset`;

let served: Served;
const sockets: Socket[] = [];
beforeAll(async () => {
  served = await serve([new FakeNode("node-0")]);
});
afterAll(() => served.close());
beforeEach(() => {
  served.log.length = 0;
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** A connection that has said nothing yet. @param from of loopback's addresses */
function open(from: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: served.port, host: "127.0.0.1", localAddress: from });
    sockets.push(socket);
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
    socket.on("error", () => {});
  });
}

describe("connections", () => {
  it("of one address, by the thousand and in the middle of a header, lock out no other", async () => {
    let closed = 0;
    for (let n = 0; n < 1400; n++) {
      const socket = await open("127.0.0.2");
      socket.once("close", () => closed++);
      socket.write("GET /redfish/v1/ HTTP/1.1\r\nX: ");
    }
    for (let login = 0; login < 4; login++) {
      expect((await ask(served, "GET", `${v1}/Systems/node-0`)).status).toBe(200);
    }
    await until("the oldest were closed", () => closed >= 376);
  });
});

describe("the log", () => {
  it("has a line a second about refused passwords and requests, whatever is sent", async () => {
    const wrong = { authorization: `Basic ${Buffer.from(`${testUser}:wrong`).toString("base64")}` };
    const began = performance.now();
    for (let n = 0; n < 200; n++) {
      await ask(served, "GET", `${v1}/Systems`, { headers: wrong });
      await ask(served, "POST", reset, { headers: { authorization: "" }, body: { ResetType: "On" } });
      await ask(served, "POST", reset, { headers: { authorization: "" }, body: "{" });
      await ask(served, "POST", `${v1}/SessionService/Sessions`, {
        headers: wrong,
        body: { UserName: testUser, Password: "wrong" },
      });
      await ask(served, "POST", `${v1}/SessionService/Sessions`, { headers: wrong, body: "[" });
    }
    const seconds = Math.ceil((performance.now() - began) / 1000);
    expect(served.log.length).toBeGreaterThanOrEqual(2);
    expect(served.log.length).toBeLessThanOrEqual(2 * (1 + seconds));
    expect(served.log.map((line) => JSON.parse(line).event)).toEqual(
      expect.arrayContaining(["redfish.password_refused", "redfish.refused"]),
    );
  });

  it("has every change of who is known", async () => {
    for (let n = 0; n < 5; n++) await ask(served, "POST", reset, { body: { ResetType: "On" } });
    await ask(served, "POST", reset, { body: { ResetType: "Fly" } });
    expect(served.log.filter((line) => line.includes("redfish.request"))).toHaveLength(6);
  });
});

describe("odd requests", () => {
  function send(text: string): Promise<string> {
    return new Promise((resolve) => {
      let all = "";
      const socket = connect(served.port, "127.0.0.1", () => socket.end(text));
      socket.on("data", (part) => (all += part.toString()));
      socket.on("close", () => resolve(all));
      socket.on("error", () => {});
    });
  }

  it("an unknown method is 501 with an error's body", async () => {
    const [head, body] = (await send("BREW /redfish/v1/ HTTP/1.1\r\nHost: x\r\n\r\n")).split("\r\n\r\n");
    expect(head).toMatch(/^HTTP\/1\.1 501 Not Implemented\r\n/);
    expect(JSON.parse(body!).error.code).toMatch(/OperationNotAllowed$/);
  });

  it("the absolute form of a target is taken", async () => {
    const request = (target: string, more = "") =>
      send(`GET ${target} HTTP/1.1\r\nHost: x\r\n${more}Connection: close\r\n\r\n`);
    expect(await request("http://x/redfish/v1/")).toMatch(/^HTTP\/1\.1 200/);
    const login = `Authorization: ${basic}\r\n`;
    expect(await request("https://x:8443/redfish/v1/Systems/node-0?only", login)).toMatch(/^HTTP\/1\.1 400/);
    expect(await request("http://x/redfish/v1/Systems/node-0", login)).toMatch(/^HTTP\/1\.1 200/);
  });

  it("a value nested ten thousand deep is a type error, not a failure", async () => {
    const deep = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
    const answer = await ask(served, "PATCH", `${v1}/Systems/node-0`, {
      body: `{"Boot":{"BootSourceOverrideTarget":${deep}}}`,
    });
    expect(answer.status).toBe(400);
  });
});
