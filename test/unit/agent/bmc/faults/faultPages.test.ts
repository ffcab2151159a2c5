import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Agent, startAgent } from "../../../../../agent/bmc/agent";
import { Secret } from "../../../../../openstack/secret";
import { Session } from "../../../../../openstack/session";
import type { FakeServer } from "../../../../support/fakeNova";
import { silence, TestClient, UdpTransport } from "../../../../support/ipmiClient";
import { CloudFixture, fastTimes } from "../../../../support/labCloud";
import { until } from "../../../../support/waiting";

const password = "s3cret-of-20-bytes!!";
const basic = (secret: string) => ({
  Authorization: `Basic ${Buffer.from(`admin:${secret}`).toString("base64")}`,
});

let fixture: CloudFixture;
let server: FakeServer;
let agent: Agent;
let end: () => Promise<void>;

async function start(faults = true): Promise<void> {
  const controller = new AbortController();
  agent = await startAgent({
    config: {
      ...{ lab: "lab", address: "127.0.0.1", username: "admin", password: new Secret(password), images: {} },
      ...{ stateFile: fixture.stateFile, redfish: { httpPort: 0 }, metricsPort: 0, faults },
    },
    session: new Session(fixture.nova.auth),
    log: (event, fields = {}) => fixture.log.push({ event, fields }),
    ...{ signal: controller.signal, times: fastTimes, pauses: { first: 5, last: 20 } },
  });
  end = () => {
    controller.abort();
    return agent.stopped;
  };
  await until("its nodes are there", () => agent.cloud.machines().size === 2);
  await agent.ipmi.tried();
}

async function freePort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}

beforeEach(async () => {
  fixture = await new CloudFixture().start();
  server = fixture.nova.node("node-0", { vmState: "active", power: 1 });
  for (const one of [server, fixture.nova.node("node-1")]) {
    const port = await freePort();
    one.tags = one.tags.map((tag) => (tag.startsWith("ovb:ipmi=") ? `ovb:ipmi=${port}` : tag));
  }
  for (const mac_address of ["20:57:f8:00:00:01", "20:57:f8:00:00:02"])
    fixture.nova.ports.push({
      id: `port-${mac_address.at(-1)}`,
      device_id: server.id,
      mac_address,
      admin_state_up: true,
    });
  await start();
});
afterEach(async () => {
  await end();
  await fixture.stop();
});

async function faults(method: string, path = "", body?: object, secret = password) {
  const url = `http://127.0.0.1:${agent.ports.metrics}/faults${path}`;
  const answer = await fetch(url, { method, headers: basic(secret), body: body && JSON.stringify(body) });
  return { status: answer.status, body: (await answer.json()) as { faults?: object[]; problems?: string[] } };
}

const wish = (kind: string, more: object = {}) => faults("POST", "", { node: "node-0", kind, ...more });
const redfish = (path: string, patience = 60_000) =>
  fetch(`http://127.0.0.1:${agent.ports.http}/redfish/v1${path}`, {
    headers: basic(password),
    signal: AbortSignal.timeout(patience),
  });

/** Chassis status of node-0 by the test's own client: its completion code. */
async function chassisStatus(patience?: number): Promise<number | undefined> {
  const udp = new UdpTransport(agent.ipmi.endpoints()[0]!.port);
  try {
    const client = new TestClient((datagram) => udp.send(datagram, patience), 17);
    if ((await client.open({ level: 0 })) !== true) return undefined;
    return (await client.command(0x00, 0x01))?.[0];
  } finally {
    udp.close();
  }
}

test("who has no password gets nothing, and nothing is on where it was not switched on", async () => {
  expect((await faults("GET", "", undefined, "wrong")).status).toBe(401);
  expect((await faults("POST", "", { node: "node-0", kind: "silent" }, "wrong")).status).toBe(401);
  expect((await faults("GET")).body).toEqual({ faults: [] });
  expect((await redfish("/faults")).status).toBe(404);
  await end();
  await start(false);
  const { status } = await fetch(`http://127.0.0.1:${agent.ports.metrics}/faults`, {
    headers: basic(password),
  });
  expect(status).toBe(404);
});

test("wrong wishes are refused with all that is wrong", async () => {
  expect(await wish("slow")).toEqual({
    status: 400,
    body: { problems: ["ms: slow needs a whole number, 1 to 600000"] },
  });
  expect(await faults("POST", "", { node: "node-9", kind: "busy" })).toMatchObject({ status: 404 });
  expect((await faults("PATCH")).status).toBe(405);
});

describe("a BMC that is", () => {
  test("busy and wrong: that node's alone, in both protocols, until it is undone", async () => {
    expect(await wish("busy", { seconds: 60 })).toMatchObject({
      status: 201,
      body: { node: "node-0", kind: "busy" },
    });
    expect(await chassisStatus()).toBe(0xc0);
    const answer = await redfish("/Systems/node-0");
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
    expect((await redfish("/Systems/node-1")).status).toBe(200);
    await wish("wrong");
    expect((await faults("DELETE", "/node-0/busy")).body.faults).toMatchObject([
      { node: "node-0", kind: "wrong" },
    ]);
    expect(await chassisStatus()).toBe(0xff);
    expect((await redfish("/Systems/node-0")).status).toBe(500);
    expect((await faults("DELETE")).body).toEqual({ faults: [] });
    expect(await chassisStatus()).toBe(0);
    expect((await redfish("/Systems/node-0")).status).toBe(200);
  });

  test("silent says nothing, and the other node's goes on", async () => {
    await wish("silent");
    expect(await chassisStatus(silence)).toBeUndefined();
    await expect(redfish("/Systems/node-0", 300)).rejects.toThrow(/timeout/);
    expect((await redfish("/Systems/node-1")).status).toBe(200);
  });

  test("slow answers later", async () => {
    await wish("slow", { ms: 200 });
    const began = performance.now();
    expect((await redfish("/Systems/node-0")).status).toBe(200);
    expect(performance.now() - began).toBeGreaterThanOrEqual(199);
    expect(await chassisStatus()).toBe(0);
  });

  test("lossy drops one request in N", async () => {
    await wish("drop", { every: 3 });
    const asked = await Promise.allSettled([1, 2, 3, 4, 5, 6].map(() => redfish("/Systems/node-0")));
    expect(asked.filter(({ status }) => status === "rejected")).toHaveLength(2);
  });
});

test("a fault ends by itself", async () => {
  await wish("busy", { seconds: 1 });
  expect(await chassisStatus()).toBe(0xc0);
  await until("it is over", async () => (await faults("GET")).body.faults!.length === 0);
  expect(await chassisStatus()).toBe(0);
});

describe("a NIC that is unplugged", () => {
  const up = () => fixture.nova.ports.map((port) => port.admin_state_up);

  test("is down until it is plugged in again, also by an agent that was restarted", async () => {
    await wish("unplugged", { seconds: 600 });
    expect(up()).toEqual([false, false]);
    await end();
    await start();
    expect((await faults("GET")).body.faults).toMatchObject([{ node: "node-0", kind: "unplugged" }]);
    await faults("DELETE", "/node-0");
    expect(up()).toEqual([true, true]);
  });

  test("is the one with that MAC address; a port that was down stays down", async () => {
    fixture.nova.ports[1]!.admin_state_up = false;
    expect(await wish("unplugged", { mac: "20:57:F8:00:00:02" })).toMatchObject({ status: 502 });
    await wish("unplugged", { seconds: 1 });
    expect(up()).toEqual([false, false]);
    await until("it is over", () => up()[0]!);
    expect(up()).toEqual([true, false]);
  });

  test("stays listed while Neutron does not take it back, and is not where Neutron refuses it", async () => {
    await wish("unplugged");
    fixture.nova.fault = (what) => (what.startsWith("PUT /network") ? { status: 400 } : undefined);
    expect((await faults("DELETE")).status).toBe(502);
    expect((await faults("GET")).body.faults).toHaveLength(1);
    fixture.nova.fault = () => undefined;
    expect((await faults("DELETE")).body.faults).toEqual([]);
    fixture.nova.fault = (what) => (what.startsWith("PUT /network") ? { status: 403 } : undefined);
    expect((await wish("unplugged")).status).toBe(502);
  });
});

test("a machine crashes by an NMI, and loses its power without its BMC's doing", async () => {
  expect(await wish("crash")).toMatchObject({ status: 201 });
  expect(fixture.nova.did(server)).toEqual(["crashDump"]);
  expect(await wish("power-loss")).toMatchObject({ status: 201 });
  expect(fixture.nova.did(server)).toEqual(["crashDump", "stop"]);
  await until("its BMC sees it", async () => {
    const { PowerState } = (await (await redfish("/Systems/node-0")).json()) as { PowerState: string };
    return PowerState === "Off";
  });
});
