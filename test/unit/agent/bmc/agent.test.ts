import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Agent, startAgent } from "../../../../agent/bmc/agent";
import type { AgentConfig } from "../../../../agent/bmc/config";
import { jsonLog } from "../../../../agent/service/log";
import { Secret } from "../../../../openstack/secret";
import { Session } from "../../../../openstack/session";
import { CloudFixture, fastTimes } from "../../../support/labCloud";
import { until } from "../../../support/waiting";

const password = "s3cret-of-20-bytes!!";

let fixture: CloudFixture;
let controller: AbortController;
let agent: Agent | undefined;
let lines: string[];

beforeEach(async () => {
  fixture = await new CloudFixture().start();
  controller = new AbortController();
  lines = [];
});
afterEach(async () => {
  controller.abort();
  await agent?.stopped;
  agent = undefined;
  await fixture.stop();
});

async function start(change: Partial<AgentConfig> = {}): Promise<Agent> {
  const config: AgentConfig = {
    ...{ lab: "lab", address: "127.0.0.1", username: "admin", password: new Secret(password) },
    ...{ stateFile: fixture.stateFile, images: {}, redfish: { httpPort: 0 }, metricsPort: 0 },
    ...change,
  };
  agent = await startAgent({
    ...{ config, session: new Session(fixture.nova.auth), log: jsonLog((line) => lines.push(line)) },
    ...{ signal: controller.signal, times: fastTimes, pauses: { first: 5, last: 20 } },
  });
  return agent;
}

/** Whether something answers there: an RMCP presence ping needs no session (ASF 2.0, 3.2.4.3). */
async function pongs(port: number): Promise<boolean> {
  const socket = createSocket("udp4");
  try {
    socket.connect(port, "127.0.0.1");
    await once(socket, "connect");
    const pong = once(socket, "message", { signal: AbortSignal.timeout(60_000) });
    socket.send(Buffer.from([6, 0, 0xff, 6, 0, 0, 0x11, 0xbe, 0x80, 1, 0, 0]));
    await pong;
    return true;
  } catch (error) {
    // The kernel tells a connected socket that nobody listens.
    if ((error as NodeJS.ErrnoException).code !== "ECONNREFUSED") throw error;
    return false;
  } finally {
    socket.close();
  }
}

async function take(port: number): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind({ port, address: "127.0.0.1", exclusive: true });
  await once(socket, "listening");
  return socket;
}

/** UDP ports that nothing has now. */
async function freePorts(count: number): Promise<number[]> {
  const sockets = await Promise.all(Array.from({ length: count }, () => take(0)));
  const ports = sockets.map((socket) => socket.address().port);
  for (const socket of sockets) socket.close();
  return ports;
}

function node(key: string, port: number) {
  const server = fixture.nova.node(key);
  server.tags = server.tags.map((tag) => (tag.startsWith("ovb:ipmi=") ? `ovb:ipmi=${port}` : tag));
  return server;
}

const watch = (path: string) => fetch(`http://127.0.0.1:${agent!.ports.metrics}${path}`);
const events = (name: string) =>
  lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line.event === name);

describe("nodes", () => {
  test("come and go, each on the port of its tag, and the others do not notice", async () => {
    const [a, b, c] = (await freePorts(3)) as [number, number, number];
    node("node-0", a);
    const second = node("node-1", b);
    const { health } = await start();
    await until("both listen", () => health().listening === 2);
    expect([await pongs(a), await pongs(b), await pongs(c)]).toEqual([true, true, false]);

    fixture.nova.servers.delete(second.id);
    node("node-2", c);
    await until("node-1 is gone", () => agent!.ipmi.endpoints().every((one) => one.node !== "node-1"));
    await until("node-2 listens", () => health().listening === 2);
    expect([await pongs(a), await pongs(b), await pongs(c)]).toEqual([true, false, true]);
    expect(
      events("listening").filter((one) => one.node === "node-0" && one.protocol === "ipmi"),
    ).toHaveLength(1);
  });

  test("whose port is taken is in the log by name, holds up nobody, and listens once it is free", async () => {
    const [a, b] = (await freePorts(2)) as [number, number];
    const thief = await take(a);
    node("node-0", a);
    node("node-1", b);
    const { health } = await start();
    await until("node-1 listens", () => health().listening === 1);
    await until("a failure is in the log", () => events("listen-failed").length > 0);
    expect(events("listen-failed")[0]).toMatchObject({ protocol: "ipmi", node: "node-0", port: a });
    expect(health()).toMatchObject({ ok: false, nodes: 2, notListening: ["node-0"] });
    expect((await watch("/healthz")).status).toBe(503);
    expect(await pongs(b)).toBe(true);

    thief.close();
    await until("node-0 listens", () => health().listening === 2);
    expect(await pongs(a)).toBe(true);
    expect((await watch("/healthz")).status).toBe(200);
  });

  test("moved to another port, answer there and no longer at the old one", async () => {
    const [a, b] = (await freePorts(2)) as [number, number];
    const server = node("node-0", a);
    const { ipmi } = await start();
    await until("it listens", () => ipmi.endpoints()[0]?.listening === true);
    server.tags = server.tags.map((tag) => (tag === `ovb:ipmi=${a}` ? `ovb:ipmi=${b}` : tag));
    await until("it has moved", () => ipmi.endpoints()[0]?.port === b && ipmi.endpoints()[0]!.listening);
    expect([await pongs(a), await pongs(b)]).toEqual([false, true]);
  });
});

test("Redfish and the numbers tell of the same nodes", async () => {
  const [a] = (await freePorts(1)) as [number];
  node("node-0", a);
  const { health, ports } = await start();
  await until("it listens", () => health().ok);
  const system = await fetch(`http://127.0.0.1:${ports.http}/redfish/v1/Systems/node-0`, {
    headers: { authorization: `Basic ${Buffer.from(`admin:${password}`).toString("base64")}` },
  });
  expect(await system.json()).toMatchObject({
    ...{ Id: "node-0", PowerState: "Off", MemorySummary: { TotalSystemMemoryGiB: 0.5 } },
    // Nova cannot show a firmware's setup, so it is not offered.
    Boot: { "BootSourceOverrideTarget@Redfish.AllowableValues": ["None", "Pxe", "Hdd", "Cd"] },
  });

  const text = await (await watch("/metrics")).text();
  expect(text).toMatch(/^ovb_bmc_nodes 1$/m);
  expect(text).toMatch(/^ovb_bmc_nodes_listening 1$/m);
  expect(text).toMatch(/^ovb_bmc_polls_total [1-9]/m);
  const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  for (const line of samples) expect(line).toMatch(/^[a-z_]+ \d+(\.\d+)?$/);
  expect(text.match(/^# TYPE /gm)).toHaveLength(samples.length);
  expect((await watch("/")).status).toBe(404);
  expect((await fetch(`http://127.0.0.1:${ports.metrics}/metrics`, { method: "POST" })).status).toBe(405);
  expect(lines.join("")).not.toContain(password);
});

describe("a node's own view of Redfish", () => {
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString("base64")}`;
  const get = async (port: number, path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}/redfish/v1${path}`, { headers: { authorization } });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const members = async (port: number, name: string) =>
    ((await get(port, `/${name}`)).body.Members as { "@odata.id": string }[]).map((one) => one["@odata.id"]);
  const answers = (port: number) =>
    get(port, "/").then(
      (root) => root.status === 200,
      () => false,
    );

  test("is at the TCP port of its IPMI and shows no other node, whatever is asked", async () => {
    const [a, b] = (await freePorts(2)) as [number, number];
    node("node-0", a);
    const second = node("node-1", b);
    const { ports } = await start();
    await until("both views answer", async () => (await answers(a)) && (await answers(b)));
    for (const kind of ["Systems", "Managers", "Chassis"]) {
      expect(await members(a, kind)).toEqual([`/redfish/v1/${kind}/node-0`]);
      expect(await members(b, kind)).toEqual([`/redfish/v1/${kind}/node-1`]);
      expect(await members(ports.http!, kind)).toHaveLength(2);
    }
    expect((await get(b, "/Systems/node-0")).status).toBe(404);
    expect((await get(b, `/Systems/${second.id}`)).body.Id).toBe("node-1");
    expect((await get(b, "/Systems?only")).body.Id).toBe("node-1");
    const reset = await fetch(
      `http://127.0.0.1:${b}/redfish/v1/Systems/node-0/Actions/ComputerSystem.Reset`,
      {
        ...{ method: "POST", headers: { authorization }, body: JSON.stringify({ ResetType: "On" }) },
      },
    );
    expect(reset.status).toBe(404);
    expect(fixture.nova.accepted).toEqual([]);

    // A node that goes takes its view along.
    fixture.nova.servers.delete(second.id);
    await until("its view is closed", async () => !(await answers(b)));
    expect(await answers(a)).toBe(true);
  });

  test("is at the node's own address where it has one", async () => {
    const [a] = (await freePorts(1)) as [number];
    const server = node("node-0", a);
    server.tags.push("ovb:bmc=127.0.0.5");
    const { views, cloud } = await start();
    await until("the node is known", () => cloud.machines().has("node-0"));
    expect(views!.of(cloud.machines().get("node-0")!)).toEqual({
      node: "node-0",
      address: "127.0.0.5",
      port: 80,
    });
  });
});

test("a cloud that does not answer is not healthy, and says so once", async () => {
  fixture.nova.fault = () => ({ status: 503 });
  node("node-0", (await freePorts(1))[0]!);
  const { health } = await start();
  expect((await watch("/healthz")).status).toBe(503);
  expect(health()).toMatchObject({ cloud: false, nodes: 0 });
  fixture.nova.fault = () => undefined;
  await until("it is healthy", () => health().ok && health().nodes === 1);
});

test("its end closes every port and leaves the state written", async () => {
  const [a] = (await freePorts(1)) as [number];
  node("node-0", a);
  const { health, ports, stopped, cloud } = await start();
  await until("it listens", () => health().ok);
  await cloud.machines().get("node-0")!.setBootOverride({ target: "pxe", persistence: "continuous" });
  controller.abort();
  await stopped;
  expect(await pongs(a)).toBe(false);
  await expect(fetch(`http://127.0.0.1:${ports.http}/redfish/v1/`)).rejects.toThrow();
  await expect(watch("/healthz")).rejects.toThrow();
  expect(events("stopped")).toHaveLength(1);
  // The next one takes the same ports at once, and remembers.
  controller = new AbortController();
  const next = await start({ redfish: { httpPort: ports.http }, metricsPort: ports.metrics });
  await until("the next listens", () => next.health().ok && next.health().nodes === 1);
  expect(next.cloud.machines().get("node-0")!.bootOverride()).toEqual({
    ...{ target: "pxe", persistence: "continuous" },
  });
  expect(events("listen-failed")).toEqual([]);
});
