import { afterEach, describe, expect, test } from "vitest";
import { announceReadiness } from "../../../agent/bmc/readiness";
import { Session } from "../../../openstack/session";
import { answersFor, type BmcEndpoint, endpointDigests, lastReadiness } from "../../../plan/lab/bmcReadiness";
import { waitForBmc } from "../../../program/waitForBmc";
import { FakeCloud } from "../../support/fakeOpenstack";
import { until } from "../../support/waiting";

const two: BmcEndpoint[] = [
  { key: "node-0", address: "192.0.2.241", port: 6230 },
  { key: "node-1", address: "192.0.2.241", port: 6231 },
];
const one = two.slice(0, 1);

/** A line as systemd writes it to a console. */
function said(event: string, endpoints: readonly BmcEndpoint[], lab = "ovb-dev", more: object = {}): string {
  const fields = { lab, nodes: endpoints.length, answers: endpointDigests(endpoints), ...more };
  const json = JSON.stringify({ time: "2026-11-21T12:00:00.000Z", event, ...fields });
  return `[   73.110264] node[412]: ${json}\r\n`;
}

describe("what the agent says", () => {
  test("a set of endpoints has one text in any order, and answers for what is in it", () => {
    expect(endpointDigests([...two].reverse())).toBe(endpointDigests(two));
    const said = { ready: true, nodes: 2, answers: endpointDigests(two) };
    for (const wanted of [two, one, []]) expect(answersFor(said, wanted)).toBe(true);
    const others = [
      { ...one[0]!, port: 1 },
      { ...one[0]!, address: "192.0.2.1" },
      { ...one[0]!, key: "node-2" },
    ];
    for (const other of others) expect(answersFor(said, [other])).toBe(false);
    expect(answersFor({ ...said, answers: endpointDigests(one) }, two)).toBe(false);
    expect(answersFor({ ...said, ready: false }, two)).toBe(false);
  });

  test("the last word counts, of this lab's agent, in a line that is whole", () => {
    expect(lastReadiness("Linux version 6.1\nlogin:", "ovb-dev")).toBeUndefined();
    const log = `boot\n${said("ready", two)}${said("not-ready", one)}[ 80.1] kernel: x\n`;
    expect(lastReadiness(log, "ovb-dev")).toEqual({
      ...{ ready: false, nodes: 1, answers: endpointDigests(one), troubles: [], faults: [] },
    });
    const faults = ["node-0 slow 2026-11-30T14:00:00.000Z"];
    expect(lastReadiness(said("ready", one, "ovb-dev", { faults }), "ovb-dev")?.faults).toEqual(faults);
    const cut = said("ready", two).slice(0, 90);
    expect(
      lastReadiness(`${log}${cut}[ 81.0] kernel: y\n${said("ready", two, "other")}`, "ovb-dev")?.ready,
    ).toBe(false);
  });

  test("it is said when it changes: who answers, and whether what serves all is bound", async () => {
    let bound = one;
    let notListening = ["node-1", "redfish https"];
    let faults: { kind: string; until: number }[] = [];
    const events: [string, unknown][] = [];
    const agent = {
      cloud: { machines: () => new Map([["node-0", { key: "node-0", faults: { list: () => faults } }]]) },
      health: () => ({ ok: false, cloud: true, nodes: 2, listening: bound.length, notListening }),
      ipmi: {
        endpoints: () =>
          two.map(({ key: node, ...at }) => ({ node, ...at, listening: bound.some((b) => b.key === node) })),
      },
    } as unknown as Parameters<typeof announceReadiness>[0];
    const end = announceReadiness(agent, "ovb-dev", (event, fields) => events.push([event, fields]));
    await until("it is said", () => events.length === 1);
    notListening = ["node-1"];
    await until("what changed is said", () => events.length === 2);
    [bound, notListening] = [two, []];
    await until("that all listen is said", () => events.length === 3);
    faults = [{ kind: "slow", until: Date.UTC(2026, 10, 30) }];
    await until("a fault is said", () => events.length === 4);
    end();
    const fields = (endpoints: BmcEndpoint[]) => ({
      ...{ lab: "ovb-dev", nodes: endpoints.length, answers: endpointDigests(endpoints) },
    });
    expect(events).toEqual([
      ["not-ready", { ...fields(one), cloud: true, notListening: ["node-1", "redfish https"] }],
      ["ready", { ...fields(one), notListening: ["node-1"] }],
      ["ready", { ...fields(two), notListening: [] }],
      ["ready", { ...fields(two), faults: ["node-0 slow 2026-11-30T00:00:00.000Z"], notListening: [] }],
    ]);
  });
});

describe("waiting for it", () => {
  let cloud: FakeCloud | undefined;
  afterEach(() => cloud?.stop());

  /** Waits with a clock that jumps; the console has these texts in turn. */
  async function wait(consoles: readonly string[], timeoutSeconds = 60) {
    cloud = await new FakeCloud().start();
    const replies = consoles.map((output) => ({ json: { output } }));
    cloud.on("POST /compute/v2.1/servers/bmc-id/action", ...replies);
    let now = 0;
    const sleep = async (ms: number) => {
      now += ms;
    };
    const session = new Session(cloud.auth(), { now: () => now, sleep });
    const lines: string[] = [];
    const lab = { lab: "ovb-dev", name: "ovb-dev-bmc", serverId: "bmc-id", endpoints: two };
    await waitForBmc({ ...lab, session, timeoutSeconds, report: (line) => lines.push(line) });
    return { seconds: now / 1000, lines };
  }

  test("ends with the line for all of these nodes, or for more: what an update removes is there until then", async () => {
    const { seconds } = await wait(["", said("not-ready", two), said("ready", one), said("ready", two)]);
    expect(seconds).toBe(6);
    await cloud!.stop();
    const three = [...two, { key: "node-2", address: "192.0.2.241", port: 6232 }];
    expect((await wait([said("ready", three)])).seconds).toBe(0);
  });

  test("an old line does not count once there is a newer one", async () => {
    const old = said("ready", two);
    await expect(wait([old + said("ready", one)], 10)).rejects.toThrow(
      /answers for 1 nodes, and not yet for all of these 2/,
    );
  });

  test("says now and then what it waits for", async () => {
    const { lines } = await wait([...Array.from({ length: 40 }, () => ""), said("ready", two)], 600);
    expect(lines).toEqual([
      "waiting for the BMC ovb-dev-bmc since 30 s: its agent has not said anything yet",
      "waiting for the BMC ovb-dev-bmc since 60 s: its agent has not said anything yet",
    ]);
  });

  test("says what keeps the agent from being ready", async () => {
    const troubles = { cloud: false, notListening: ["redfish https"] };
    await expect(wait([said("not-ready", [], "ovb-dev", troubles)], 10)).rejects.toThrow(
      /its agent is not ready: the cloud does not answer it, and it cannot listen for redfish https\. Run/,
    );
    await cloud!.stop();
    const bound = { cloud: false, notListening: [] };
    await expect(wait([said("not-ready", [], "ovb-dev", bound)], 10)).rejects.toThrow(
      /its agent is not ready: the cloud does not answer it\. Run/,
    );
  });

  test("a BMC that is gone from the cloud is named, with the command that makes it again; one that is off is not gone", async () => {
    cloud = await new FakeCloud().start();
    const action = "POST /compute/v2.1/servers/bmc-id/action";
    cloud.on(action, { status: 404, json: { itemNotFound: { message: "no console" } } });
    const session = new Session(cloud.auth(), { sleep: async () => {} });
    const lab = { lab: "ovb-dev", name: "ovb-dev-bmc", serverId: "bmc-id", endpoints: two };
    const failed = () => waitForBmc({ ...lab, session, timeoutSeconds: 1, report: () => {} });
    cloud.on("GET /compute/v2.1/servers/bmc-id", { status: 404, json: {} });
    await expect(failed()).rejects.toThrow(/server ovb-dev-bmc is gone.*`npx ovb up` makes it again/);
    cloud.on("GET /compute/v2.1/servers/bmc-id", { json: { server: { id: "bmc-id" } } });
    await expect(failed()).rejects.toThrow(/within 1 s .*: Nova shows no console of it/);
  });

  test("a time-out names the key, the state and the console's end", async () => {
    const log = `${Array.from({ length: 100 }, (_, i) => `line ${i}`).join("\n")}\novb-bmc: No Node.js 18`;
    const failed = wait([log], 20);
    await expect(failed).rejects.toThrow(/ovb-dev-bmc did not answer for every node within 20 s/);
    await expect(failed).rejects.toThrow(/ovb:bmc\.readinessTimeout.*has not said anything yet/);
    await expect(failed).rejects.toThrow(/line 99\novb-bmc: No Node\.js 18$/);
    await expect(failed).rejects.not.toThrow(/line 60\n/);
  });
});
