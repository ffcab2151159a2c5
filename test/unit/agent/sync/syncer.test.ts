import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Syncer, stepText } from "../../../../agent/sync/syncer";
import { Target } from "../../../../agent/sync/target";
import { SyncWatch } from "../../../../agent/sync/watch";
import { Session } from "../../../../openstack/session";
import { FakeCloud, type Reply } from "../../../support/fakeOpenstack";
import { at, mac } from "../../../support/sync";

const rules = { pairLimit: 10, ownsPlanned: false, holdsVips: () => true };
const own = ["ovb", "ovb:lab=dev", "ovb:role=node", "ovb:addresses=sync"];

/** A Neutron port of the lab, as its API shows it. */
const apiPort = (index: number, address: string, more: object = {}) => ({
  ...{ id: `port-${index}`, name: `dev-node-${index}-ctlplane`, mac_address: mac(index), network_id: "net" },
  ...{ fixed_ips: [{ subnet_id: "sub", ip_address: address }], allowed_address_pairs: [] as object[] },
  ...{ tags: own, device_id: `vm-${index}`, revision_number: 7, port_security_enabled: true },
  ...more,
});

let cloud: FakeCloud;
let log: [string, Record<string, unknown>?][];
beforeEach(async () => {
  cloud = await new FakeCloud().start();
  log = [];
  cloud.on("GET /network/v2.0/subnets", {
    json: { subnets: [{ id: "sub", network_id: "net", cidr: "192.0.2.0/24", gateway_ip: at(1) }] },
  });
});
afterEach(() => cloud.stop());

/** Ports that keep what is put to them, as `PUT` answers allow. */
function serve(
  ports: ReturnType<typeof apiPort>[],
  put: (id: string) => Reply | undefined = () => undefined,
) {
  const now = new Map(ports.map((port) => [port.id, port]));
  const list: Reply = {
    get json() {
      return { ports: [...now.values()] };
    },
  };
  cloud.on("GET /network/v2.0/ports", list);
  for (const { id } of ports) {
    cloud.on(`GET /network/v2.0/ports/${id}`, {
      get json() {
        return { port: now.get(id) };
      },
    });
    const answer = (): Reply => {
      const refused = put(id);
      if (refused) return refused;
      const call = cloud.to(`PUT /network/v2.0/ports/${id}`).at(-1)!;
      const port = now.get(id)!;
      const change = JSON.parse(call.body).port as { allowed_address_pairs?: object[] };
      // Neutron gives a pair without a MAC the port's.
      const allowed_address_pairs = (change.allowed_address_pairs ?? port.allowed_address_pairs).map(
        (pair) => ({
          mac_address: port.mac_address,
          ...pair,
        }),
      );
      now.set(id, { ...port, ...change, allowed_address_pairs, revision_number: port.revision_number + 1 });
      return { json: { port: now.get(id) } };
    };
    cloud.on(
      `PUT /network/v2.0/ports/${id}`,
      new Proxy({} as Reply, { get: (_, key) => turn(answer)[key as keyof Reply] }),
    );
  }
  return now;
}

/** One answer for one call, although its fields are asked for one by one. */
let current: { calls: number; reply: Reply } | undefined;
function turn(answer: () => Reply): Reply {
  if (current?.calls !== cloud.calls.length) current = { calls: cloud.calls.length, reply: answer() };
  return current.reply;
}

function syncer(source: { addresses?: [string, string][]; vips?: string[] }) {
  return new Syncer({
    readSource: async () => ({ addresses: new Map(source.addresses), vips: source.vips ?? [] }),
    target: new Target(new Session(cloud.auth()), "dev"),
    ...{ rules, log: (event: string, fields?: Record<string, unknown>) => void log.push([event, fields]) },
  });
}

const swap: [string, string][] = [
  [mac(0), at(11)],
  [mac(1), at(10)],
];
const puts = () =>
  cloud.calls
    .filter(({ method }) => method === "PUT")
    .map(({ url, body }) => [url.split("/").at(-1), JSON.parse(body).port]);

describe("a pass", () => {
  it("swaps two nodes by three conditional requests, and the next pass asks for nothing", async () => {
    serve([apiPort(0, at(10)), apiPort(1, at(11))]);
    const one = syncer({ addresses: swap });
    expect(await one.pass()).toMatchObject({ ports: 2, done: 3, problems: [], refused: [] });
    expect(puts()).toEqual([
      ["port-0", { fixed_ips: [] }],
      ["port-1", { fixed_ips: [{ subnet_id: "sub", ip_address: at(10) }] }],
      ["port-0", { fixed_ips: [{ subnet_id: "sub", ip_address: at(11) }] }],
    ]);
    expect(cloud.to("PUT /network/v2.0/ports/port-0").map((call) => call.headers["if-match"])).toEqual([
      "revision_number=7",
      "revision_number=8",
    ]);
    expect(await one.pass()).toMatchObject({ done: 0, steps: [] });
    expect(puts()).toHaveLength(3);
  });

  it("dry, changes nothing and says what it would do", async () => {
    serve([apiPort(0, at(10)), apiPort(1, at(11))]);
    const { steps, done } = await syncer({ addresses: swap, vips: [at(50)] }).pass({ dryRun: true });
    expect(done).toBe(0);
    expect(puts()).toEqual([]);
    expect(steps.map((step) => `${step.name} ${step.kind} ${stepText(step)}`)).toEqual([
      "dev-node-0-ctlplane pairs +192.0.2.50/32",
      "dev-node-1-ctlplane pairs +192.0.2.50/32",
      "dev-node-0-ctlplane release 192.0.2.10 -> none",
      "dev-node-1-ctlplane move 192.0.2.11 -> 192.0.2.10",
      "dev-node-0-ctlplane move none -> 192.0.2.11",
    ]);
  });

  it("touches neither another lab's port, nor the undercloud's, nor one that the plan owns", async () => {
    const without = (tag: string, more: string[] = []) => [...own.filter((one) => one !== tag), ...more];
    serve([
      apiPort(0, at(10)),
      apiPort(1, at(11), { tags: without("ovb:lab=dev", ["ovb:lab=other"]) }),
      apiPort(2, at(12), { tags: without("ovb:role=node", ["ovb:role=undercloud"]) }),
      apiPort(3, at(13), { tags: without("ovb:addresses=sync") }),
    ]);
    const wanted = [0, 1, 2, 3].map((i): [string, string] => [mac(i), at(20 + i)]);
    expect(await syncer({ addresses: wanted, vips: [at(50)] }).pass()).toMatchObject({ ports: 1, done: 2 });
    expect(new Set(puts().map(([id]) => id))).toEqual(new Set(["port-0"]));
  });

  it("a lab whose addresses the plan owns is refused with the key to set; so is a lab that is not there", async () => {
    serve([apiPort(0, at(10), { tags: own.slice(0, 3) })]);
    await expect(syncer({}).pass()).rejects.toThrow(
      /set ovb:ctlplane.addressOwner to sync and run `npx ovb up`/,
    );
    cloud.on("GET /network/v2.0/subnets", { json: { subnets: [] } });
    await expect(syncer({}).pass()).rejects.toThrow(/no subnet dev-ctlplane with the tag ovb:lab=dev/);
  });

  it("a port changed since it was read is read again", async () => {
    let lost = 1;
    serve([apiPort(0, at(10))], () => (lost-- > 0 ? { status: 412, json: {} } : undefined));
    expect(await syncer({ addresses: [[mac(0), at(20)]] }).pass()).toMatchObject({ done: 1, refused: [] });
  });

  it("a refused move ends the moves, not the pairs of other ports, and is told in Neutron's words", async () => {
    const refusal = {
      status: 409,
      json: { NeutronError: { message: "IP address 192.0.2.20 already allocated" } },
    };
    const isMove = () => "fixed_ips" in JSON.parse(cloud.calls.at(-1)!.body).port;
    serve([apiPort(0, at(10)), apiPort(1, at(11))], (id) =>
      id === "port-0" && isMove() ? refusal : undefined,
    );
    const pass = await syncer({ addresses: [[mac(0), at(20)]], vips: [at(50)] }).pass();
    expect(pass).toMatchObject({
      done: 2,
      refused: [{ port: "dev-node-0-ctlplane", message: expect.stringContaining("already allocated") }],
    });
  });

  it("aborted in the middle of a swap, finishes the swap and nothing more", async () => {
    const controller = new AbortController();
    const now = serve(
      [apiPort(0, at(10)), apiPort(1, at(11)), apiPort(2, at(12))],
      () => void controller.abort(new Error("TERM")),
    );
    const wanted: [string, string][] = [...swap, [mac(2), at(30)]];
    // The free move comes first, so the abort in it leaves the swap undone …
    await expect(syncer({ addresses: wanted }).pass({ signal: controller.signal })).rejects.toThrow("TERM");
    expect([...now.values()].map((port) => port.fixed_ips[0]?.ip_address)).toEqual([at(10), at(11), at(30)]);
    // … and one in the swap's first step waits for its last.
    const second = new AbortController();
    const then = serve([apiPort(0, at(10)), apiPort(1, at(11))], () => void second.abort(new Error("TERM")));
    await expect(syncer({ addresses: swap }).pass({ signal: second.signal })).rejects.toThrow("TERM");
    expect([...then.values()].map((port) => port.fixed_ips[0]?.ip_address)).toEqual([at(11), at(10)]);
  });
});

describe("pass after pass", () => {
  const good = { ports: 2, vips: 1, steps: [], problems: [], done: 0, refused: [] };
  const watchOf = (...passes: (typeof good | Error)[]) =>
    new SyncWatch(
      {
        pass: async () => {
          const next = passes.length > 1 ? passes.shift()! : passes[0]!;
          if (next instanceof Error) throw next;
          return next;
        },
      },
      (event, fields) => void log.push([event, fields]),
      15_000,
      () => 0.5,
    );

  it("backs off with jitter to five minutes, and is itself again after a good one", async () => {
    const down = new Error("the undercloud reboots");
    const watch = watchOf(...Array(7).fill(down), good);
    const pauses: number[] = [];
    for (let i = 0; i < 8; i++) {
      await watch.once();
      pauses.push(watch.pause() / 1000);
    }
    expect(pauses).toEqual([22.5, 45, 90, 180, 225, 225, 225, 15]);
    expect(log.map(([event]) => event)).toEqual(["pass-failed", "answers-again"]);
    const spread = new SyncWatch(
      { pass: async () => good },
      () => {},
      1000,
      () => 0,
    );
    expect(spread.pause()).toBe(900);
  });

  it("says a problem once, counts, and is healthy when nothing is left undone", async () => {
    const problem = { port: "dev-node-0-ctlplane", message: "cannot get 192.0.2.240." };
    const watch = watchOf(
      { ...good, problems: [problem] as never, done: 3 },
      { ...good, problems: [problem] as never },
      good,
    );
    expect(watch.health().ok).toBe(false);
    await watch.once();
    await watch.once();
    expect(watch.health()).toMatchObject({ ok: false, problems: [problem] });
    await watch.once();
    expect(watch.health()).toEqual({ ok: true, failuresInARow: 0, problems: [] });
    expect(log.filter(([event]) => event === "problem")).toHaveLength(1);
    const metrics = Object.fromEntries(watch.metrics().map(([name, , value]) => [name, value]));
    expect(metrics).toMatchObject({
      ovb_sync_healthy: 1,
      ovb_sync_passes_total: 3,
      ovb_sync_changes_total: 3,
      ovb_sync_ports: 2,
      ovb_sync_vips: 1,
      ovb_sync_problems: 0,
    });
  });
});
