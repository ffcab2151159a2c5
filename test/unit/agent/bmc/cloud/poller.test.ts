import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Poller, type PollerOptions } from "../../../../../agent/bmc/cloud/poller";
import { MachineBusy } from "../../../../../agent/nova/machine";
import type { Server } from "../../../../../openstack/nova";
import { CloudFixture, fastTimes, idle, machineOf, powerOrBusy } from "../../../../support/labCloud";
import { pause, until } from "../../../../support/waiting";

const detail = "GET /compute/v2.1/servers/detail";

describe("one poll for all", () => {
  let poller: Poller;
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    poller.stop();
    vi.useRealTimers();
  });
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

  function start(change: Partial<PollerOptions> & { list: PollerOptions["list"] }): Poller {
    poller = new Poller({
      onServers: () => {},
      activity: () => "none",
      times: fastTimes,
      log: () => {},
      ...change,
    });
    poller.start();
    return poller;
  }

  it("never has two under way, however many wait, and all that wait share the one begun after them", async () => {
    let under = 0;
    let most = 0;
    const list = async (): Promise<Server[]> => {
      most = Math.max(most, ++under);
      await pause(15);
      under--;
      return [];
    };
    start({ list });
    await pass(3);
    const all = Promise.all(Array.from({ length: 500 }, () => poller.fresh()));
    await pass(45);
    await all;
    expect(most).toBe(1);
    // The one that was under way, and the one after it.
    expect(poller.metrics.polls).toBe(2);
  });

  it("fresh() is not answered by a poll that began before it", async () => {
    let asked = 0;
    const answers: (() => void)[] = [];
    start({
      list: () => {
        asked++;
        return new Promise((resolve) => answers.push(() => resolve([])));
      },
    });
    await pass(0);
    expect(asked).toBe(1);
    let answered = false;
    const fresh = poller.fresh().then(() => {
      answered = true;
    });
    answers[0]!();
    await pass(fastTimes.urgent);
    expect(asked).toBe(2);
    expect(answered).toBe(false);
    answers[1]!();
    await fresh;
  });

  describe("recent()", () => {
    const times = { ...fastTimes, asked: 10, idle: 600_000, interest: 0 };

    it("is at once while the last poll is young, and one poll for all who ask after a quiet time", async () => {
      start({ list: async () => [], times });
      await pass(0);
      const all = () => Promise.all(Array.from({ length: 100 }, () => poller.recent()));
      await pass(2 * times.asked);
      await all();
      expect(poller.metrics.polls).toBe(1);
      await pass(1);
      const answered = all();
      await pass(0);
      await answered;
      expect(poller.metrics.polls).toBe(2);
    });

    it("waits no longer than clients do, and not at all while polls fail", async () => {
      let list: PollerOptions["list"] = async () => [];
      start({ list: (signal) => list(signal), times: { ...times, tell: 20, poll: 60_000 } });
      await pass(2 * times.asked + 1);
      let answer = (_: Server[]) => {};
      list = () => new Promise((resolve) => (answer = resolve));
      const recent = poller.recent();
      await pass(20);
      await recent; // though the cloud has not answered
      list = async () => {
        throw new Error("no route");
      };
      answer([]);
      const fresh = expect(poller.fresh()).rejects.toThrow("no route");
      await pass(100);
      await fresh;
      const { polls } = poller.metrics;
      await poller.recent();
      expect(poller.metrics.polls).toBe(polls);
    });
  });

  it("asks seldom when idle, more often after a question, and most often while something waits", async () => {
    const count = async (prepare: () => void): Promise<number> => {
      prepare();
      await pass(100);
      const before = poller.metrics.polls;
      await pass(1_000);
      return poller.metrics.polls - before;
    };
    const times = { ...fastTimes, idle: 100, asked: 40, changing: 20, urgent: 4, interest: 10_000 };
    let activity: "none" | "urgent" = "none";
    start({ list: async () => [], times, activity: () => activity });
    // Each pause is the one for the case, give or take a tenth.
    const about = (pause: number, polls: number) => {
      expect(polls).toBeGreaterThanOrEqual(Math.floor(1_000 / (1.1 * pause)));
      expect(polls).toBeLessThanOrEqual(Math.ceil(1_000 / (0.9 * pause)));
    };
    about(100, await count(() => {}));
    about(40, await count(() => poller.asked()));
    about(20, await count(() => poller.changed()));
    const urgent = await count(() => {
      activity = "urgent";
      poller.changed();
    });
    expect(urgent).toBeGreaterThan(200);
  });

  it("spends half of the time at most in polls of a slow cloud", async () => {
    start({
      list: async () => {
        await pause(20);
        return [];
      },
      activity: () => "urgent",
    });
    await pass(999);
    expect(poller.metrics.polls).toBe(1_000 / (20 + 20));
  });

  it("gives a poll up that does not end, and rejects those who wait for it", async () => {
    start({
      times: { ...fastTimes, poll: 20 },
      list: (signal) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    });
    const fresh = expect(poller.fresh()).rejects.toThrow(/no list of servers within 0.02 s/);
    await pass(20);
    await fresh;
    expect(poller.isKnown()).toBe(false);
  });
});

describe("the nodes of a lab", () => {
  let lab: CloudFixture;
  beforeEach(async () => {
    lab = await new CloudFixture().start();
  });
  afterEach(() => lab.stop());

  it("come from the tags of its servers: new ones appear, gone ones disappear, the others stay what they are", async () => {
    lab.nova.node("node-0");
    const other = lab.nova.node("node-7");
    other.tags = other.tags.map((tag) => (tag === "ovb:lab=lab" ? "ovb:lab=other" : tag));
    const cloud = await lab.agent();
    const first = await machineOf(cloud, "node-0");
    await first.setBootOverride({ target: "pxe", persistence: "continuous" });
    const second = lab.nova.node("node-1");
    await until("node-1 is there", () => lab.added.includes("node-1"));
    await cloud.machines().get("node-1")!.setBootOverride({ target: "disk", persistence: "once" });
    lab.nova.servers.delete(second.id);
    await until("node-1 is gone", () => lab.removed.includes("node-1"));
    expect(lab.added).toEqual(["node-0", "node-1"]);
    expect(lab.removed).toEqual(["node-1"]);
    expect([...cloud.machines().values()]).toEqual([first]);
    expect(cloud.context.store.keys()).toEqual(["node-0"]);
  });

  it("one answer without a node is a glitch; its server built anew is another machine without the old one's override", async () => {
    const server = lab.nova.node("node-0");
    const cloud = await lab.agent({ times: { ...fastTimes, tell: 20 } });
    const machine = await machineOf(cloud, "node-0");
    await machine.setBootOverride({ target: "pxe", persistence: "continuous" });
    let answers = 0;
    let goOn = () => {};
    const held = new Promise<void>((resolve) => (goOn = resolve));
    lab.nova.fault = () => {
      if (answers++ === 0) lab.nova.servers.clear();
      else lab.nova.servers.set(server.id, server);
      return answers === 1 ? undefined : { after: held };
    };
    await until("it was missing once", () => answers === 2);
    expect(await powerOrBusy(machine)).toBe("busy");
    goOn();
    await until("it is back", async () => (await powerOrBusy(machine)) === "off");
    expect(lab.removed).toEqual([]);
    lab.nova.fault = () => undefined;
    lab.nova.servers.clear();
    const anew = lab.nova.node("node-0", { id: "another-server" });
    await until("it is another", () => cloud.machines().get("node-0")?.uuid === anew.id);
    expect(lab.removed).toEqual(["node-0"]);
    expect(cloud.machines().get("node-0")!.bootOverride().target).toBe("none");
    await expect(machine.change("on")).rejects.toThrow(MachineBusy);
  });

  it("one with wrong tags is left out, and that is said once", async () => {
    lab.nova.node("node-0", { tags: ["ovb:lab=lab", "ovb:role=node", "ovb:ipmi=notaport"] });
    lab.nova.node("node-1");
    const cloud = await lab.agent();
    await machineOf(cloud, "node-1");
    await cloud.context.poller.fresh();
    await cloud.context.poller.fresh();
    expect([...cloud.machines().keys()]).toEqual(["node-1"]);
    expect(lab.events("node-ignored")).toEqual([
      expect.objectContaining({ problem: expect.stringContaining("ovb:ipmi=notaport is wrong") }),
    ]);
  });

  it("what somebody else did to a server while nobody asked is told to the first who asks again", async () => {
    const server = lab.nova.node("node-0");
    const cloud = await lab.agent({ times: { ...fastTimes, idle: 60_000, interest: 0 } });
    const machine = await machineOf(cloud, "node-0");
    expect(await machine.power()).toBe("off");
    Object.assign(server, { vmState: "active", power: 1 });
    await pause(2 * fastTimes.asked + 3 * cloud.context.poller.metrics.lastMs + 5);
    expect(await machine.power()).toBe("on");
  });

  it("a thousand of them cost the cloud one request per poll", async () => {
    for (let i = 0; i < 1000; i++) lab.nova.node(`node-${i}`);
    const cloud = await lab.agent();
    await until("all are there", () => cloud.machines().size === 1000);
    const before = lab.nova.requests.length;
    const polls = cloud.context.poller.metrics.polls;
    await Promise.all([...cloud.machines().values()].map(powerOrBusy));
    await pause(100);
    expect(new Set(lab.nova.requests)).toEqual(new Set([detail]));
    const [asked, polled] = [lab.nova.requests.length - before, cloud.context.poller.metrics.polls - polls];
    // A poll may have been on its way to Nova when it was counted.
    expect(asked).toBeLessThanOrEqual(polled + 1);
    expect(polled).toBeLessThan(12);
  });

  it("a hundred powered on at once: a few requests at a time, and as many polls as for one", async () => {
    for (let i = 0; i < 100; i++) lab.nova.node(`node-${i}`);
    const cloud = await lab.agent({
      times: { ...fastTimes, poll: 10_000, decide: 10_000, operation: 60_000 },
    });
    await until("all are there", () => cloud.machines().size === 100);
    let under = 0;
    let most = 0;
    lab.nova.fault = (what) => {
      // So slow that a busy machine, which takes longer for all of it, has no time for many more of them.
      if (what === detail) return { delayMs: 30 };
      if (!what.startsWith("POST")) return undefined;
      most = Math.max(most, ++under);
      setTimeout(() => under--, 3);
      return { delayMs: 3 };
    };
    const before = cloud.context.poller.metrics.polls;
    const machines = [...cloud.machines().values()];
    await Promise.all(machines.map((machine) => machine.change("on")));
    expect(most).toBeGreaterThan(4);
    expect(most).toBeLessThanOrEqual(16);
    await until("all are on", async () =>
      (await Promise.all(machines.map(powerOrBusy))).every((power) => power === "on"),
    );
    expect(cloud.metrics().actions).toBe(100);
    expect(cloud.context.poller.metrics.polls - before).toBeLessThan(60);
  });

  it("Nova down: told while what is known is young, then busy, then well again, and no change is lost or doubled", async () => {
    const server = lab.nova.node("node-0", { vmState: "active", power: 1 });
    const cloud = await lab.agent({ times: { ...fastTimes, stale: 60 } });
    const machine = await machineOf(cloud, "node-0");
    expect(await machine.power()).toBe("on");
    lab.nova.fault = () => ({ status: 503 });
    await until("busy", async () => (await powerOrBusy(machine)) === "busy");
    await expect(machine.change("off")).rejects.toThrow(MachineBusy);
    lab.nova.fault = () => undefined;
    await until("known again", async () => (await powerOrBusy(machine)) === "on");
    await machine.change("off");
    await idle(machine);
    expect(lab.nova.did(server)).toEqual(["stop"]);
    expect(lab.events("poll-failed")).toHaveLength(1);
    expect(lab.events("cloud-answers-again")).toHaveLength(1);
  });

  it("Nova goes down between the two steps of a change: what was promised is done when it is back", async () => {
    const server = lab.nova.node("node-0", { vmState: "rescued", power: 1 });
    const cloud = await lab.agent();
    const machine = await machineOf(cloud, "node-0");
    let down = false;
    lab.nova.fault = (what) => (down || what.endsWith("stop") ? { status: 500 } : undefined);
    await machine.change("off");
    down = true;
    await pause(100);
    expect(lab.nova.did(server)).toEqual(["unrescue"]);
    down = false;
    lab.nova.fault = () => undefined;
    await until("off", () => server.vmState === "stopped");
    expect(lab.nova.did(server)).toEqual(["unrescue", "stop"]);
  });

  it("right after the start: busy, until the cloud has answered", async () => {
    lab.nova.node("node-0");
    lab.nova.fault = (what) => (what === detail ? { delayMs: 50 } : undefined);
    const cloud = await lab.agent();
    expect(cloud.machines().size).toBe(0);
    expect(await (await machineOf(cloud, "node-0")).power()).toBe("off");
  });
});
