import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FakeNode } from "../../../../support/redfish/fakeNode";
import { ask, basic } from "../../../../support/redfish/request";
import { type Served, serve } from "../../../../support/redfish/serve";

const reset = "/redfish/v1/Systems/node-0/Actions/ComputerSystem.Reset";

let served: Served;
const node = new FakeNode("node-0");
beforeAll(async () => {
  served = await serve([node, new FakeNode("node-1")]);
});
afterAll(() => served.close());

/** Sends bytes and then, unless `stay`, ends its side. @returns all that came back until the service closed */
function send(bytes: string | Buffer, stay = false): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(served.port, "127.0.0.1", () => {
      if (stay) socket.write(bytes);
      else socket.end(bytes);
    });
    socket.on("data", (part) => {
      text += part.toString("latin1");
    });
    socket.on("error", () => {}); // a reset is an answer as well
    socket.on("close", () => resolve(text));
  });
}

const post = (body: string, headers = ""): string =>
  `POST ${reset} HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic}\r\n${headers}` +
  `Content-Length: ${body.length}\r\n\r\n${body}`;

const on = '{"ResetType":"On"}';
const statuses = (text: string): string[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1]!);

describe.concurrent("Redfish on a bare socket", () => {
  it("is not moved by a request that breaks off", async () => {
    const whole = post(on);
    for (let length = 0; length < whole.length; length += 7) {
      await send(whole.slice(0, length));
    }
    expect(node.changes).toEqual([]);
    expect(statuses(await send(whole))).toEqual(["204"]);
    expect(node.changes).toEqual(["on"]);
  });

  it("refuses headers and bodies that are too large, and ends the connection", async () => {
    expect(
      statuses(await send(`GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, true)),
    ).toEqual(["431"]);
    const endless = `POST ${reset} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const chunk = `4000\r\n${"x".repeat(0x4000)}\r\n`;
    expect(statuses(await send(endless + chunk.repeat(5), true))).toEqual(["413"]);
  });

  it("answers pipelined requests in order, and what follows that is none by closing", async () => {
    const get = "GET /redfish/v1/ HTTP/1.1\r\nHost: x\r\n\r\n";
    const text = await send(
      `${get}${get.replace("/v1/", "/v1/Systems")}\x00\xff\x16\x03garbage\r\n\r\n`,
      true,
    );
    expect(statuses(text).slice(0, 2)).not.toContain("500");
    expect(text).not.toContain("Members@odata.count");
    expect(statuses(await send(get + get.replace("/v1/", "/v1/Systems")))).toEqual(["200", "401"]);
  });

  it("refuses a message that could be two different ones", async () => {
    const both = `POST ${reset} HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;
    expect(statuses(await send(both, true))).toEqual(["400"]);
    const twice = post(on, "Content-Length: 3\r\n");
    expect(statuses(await send(twice, true))).toEqual(["400"]);
  });

  it("waits for slow headers and slow bodies no longer than it says", { timeout: 30_000 }, async () => {
    const started = Date.now();
    const [headers, body] = await Promise.all([
      send("GET /redfish/v1/ HTTP/1.1\r\nHost: x\r\n", true).then(
        (text) => [text, Date.now() - started] as const,
      ),
      send(post(on).slice(0, -1), true).then((text) => [text, Date.now() - started] as const),
    ]);
    expect(statuses(headers[0])).toEqual(["408"]);
    expect(headers[1]).toBeLessThan(12_000);
    expect(statuses(body[0])).not.toContain("204");
    expect(body[1]).toBeLessThan(20_000);
  });

  it("survives what is nearly a request, and never fails inside", async () => {
    let seed = 20_160;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31; // the C standard's example, for the same bytes each run
      return Math.floor((seed / 2 ** 31) * below);
    };
    const patch = post('{"Boot":{"BootSourceOverrideTarget":"Pxe"}}')
      .replace("POST", "PATCH")
      .replace(reset, "/redfish/v1/Systems/node-0");
    for (let round = 0; round < 400; round += 1) {
      const text = random(2) === 0 ? patch : post('{"ResetType":"Nmi"}');
      const bytes = Buffer.from(text.replace("node-0", "node-1"), "latin1");
      for (let change = random(6); change >= 0; change -= 1) bytes[random(bytes.length)] = random(256);
      await send(bytes);
    }
    expect(served.log.filter((line) => line.includes("redfish.failed"))).toEqual([]);
    expect((await ask(served, "GET", "/redfish/v1/Systems/node-0")).status).toBe(200);
  });
});
