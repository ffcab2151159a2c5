import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { NovaMachine } from "../../../../../agent/bmc/cloud/novaMachine";
import { MachineBusy, type PowerAction } from "../../../../../agent/nova/machine";
import type { FakeServer } from "../../../../support/fakeNova";
import { CloudFixture, fastTimes, idle, machineOf } from "../../../../support/labCloud";
import { pause, until } from "../../../../support/waiting";

let lab: CloudFixture;
beforeEach(async () => {
  lab = await new CloudFixture().start();
});
afterEach(() => lab.stop());

const pxeOnce = { target: "pxe", persistence: "once" } as const;
const running = { vmState: "active", power: 1, disk: "os" } as const;

async function machine(change: Partial<FakeServer> = {}, tags: string[] = []) {
  const server = lab.nova.node("node-0", change, tags);
  const cloud = await lab.agent();
  return { server, cloud, node: await machineOf(cloud, "node-0") };
}

describe("the last wish wins: sequences without a pause, while Nova takes its time", () => {
  const cases: [string, Partial<FakeServer>, PowerAction[], string[], "on" | "off"][] = [
    ["on, off: a fence while it starts", {}, ["on", "off"], ["start", "stop"], "off"],
    ["off, on: everybody's power cycle", running, ["off", "on"], ["stop", "start"], "on"],
    ["on, soft, off", {}, ["on", "soft", "off"], ["start", "stop"], "off"],
    ["on, off, on: a boot of its own", {}, ["on", "off", "on"], ["start", "rebootHard"], "on"],
    ["off, on, off", running, ["off", "on", "off"], ["stop"], "off"],
    ["off, reset: a restart ends on", running, ["off", "reset"], ["stop", "start"], "on"],
    ["on, reset", {}, ["on", "reset"], ["start", "rebootHard"], "on"],
    ["reset, off", running, ["reset", "off"], ["rebootHard", "stop"], "off"],
    ["reset, on: it will be on anyway", running, ["reset", "on"], ["rebootHard"], "on"],
    ["restart, off, cycle", running, ["restart", "off", "cycle"], ["stop", "start", "rebootHard"], "on"],
  ];
  it.each(cases)("%s", async (_title, change, actions, requests, power) => {
    const { server, node } = await machine(change);
    const finish = lab.nova.holdTasks();
    for (const action of actions) await node.change(action);
    finish();
    await idle(node);
    expect(lab.nova.did(server)).toEqual(requests);
    expect(await node.power()).toBe(power);
    expect(server.vmState).toBe(power === "on" ? "active" : "stopped");
  });

  it("a boot device that is chosen between off and on is what boots, also while it starts", async () => {
    for (const [change, first] of [
      [running, "off"],
      [{ disk: "os" }, "on"],
    ] as const) {
      const { server, cloud, node } = await machine(change, ["ovb:strategy=rescue"]);
      const finish = lab.nova.holdTasks();
      await node.change(first);
      await node.change("off");
      await node.setBootOverride(pxeOnce);
      await node.change("on");
      finish();
      await idle(node);
      expect(server.boots.at(-1)).toBe("cdrom:ipxe-iso");
      expect(node.bootOverride().target).toBe("none");
      await cloud.stop();
      lab.nova.servers.clear();
    }
  });

  it("comes after what somebody else has Nova do", async () => {
    const { server, node } = await machine(running);
    const finish = lab.nova.holdTasks();
    lab.nova.act(server, "stop");
    await node.change("off");
    await node.change("on");
    expect(lab.nova.did(server)).toEqual(["stop"]);
    expect(await node.power()).toBe("on");
    finish();
    await idle(node);
    expect(lab.nova.did(server)).toEqual(["stop", "start"]);
  });

  it("is on the disk when it is accepted, and the next agent keeps the promise", async () => {
    const { server, node, cloud } = await machine(running);
    const finish = lab.nova.holdTasks();
    await node.change("off");
    await node.change("on");
    await cloud.stop();
    finish();
    await until("Nova is done", () => server.task === null);
    expect(server.vmState).toBe("stopped");
    const next = await machineOf(await lab.agent(), "node-0");
    expect(await next.power()).toBe("on");
    await idle(next);
    expect(server.vmState).toBe("active");
    expect(lab.nova.did(server)).toEqual(["stop", "start"]);
  });

  it("whose request is lost on the way is asked for again: its client was told of success", async () => {
    const { server, node } = await machine(running);
    const finish = lab.nova.holdTasks();
    await node.change("off");
    await node.change("on");
    let lost = 0;
    lab.nova.fault = (what) => (what.endsWith("start") && lost++ < 2 ? { cut: "before" } : undefined);
    finish();
    await idle(node);
    expect(lost).toBeGreaterThan(2);
    expect(server.vmState).toBe("active");
  });

  it.each([409, 503])("that Nova refuses with %i for now is asked for again", async (status) => {
    const { server, node } = await machine(running);
    const finish = lab.nova.holdTasks();
    await node.change("off");
    await node.change("on");
    let refused = 0;
    lab.nova.fault = (what) => (what.endsWith("start") && refused++ < 8 ? { status } : undefined);
    finish();
    await until("on", () => server.vmState === "active");
    await idle(node);
    expect(lab.nova.did(server)).toEqual(["stop", "start"]);
  });

  it("that can never be is given up, and said in the log", async () => {
    const { node } = await machine(running, ["ovb:strategy=rescue"]);
    await node.setBootOverride(pxeOnce);
    lab.nova.images.splice(0);
    const finish = lab.nova.holdTasks();
    await node.change("off");
    await node.change("on");
    finish();
    await idle(node);
    expect(lab.events("power-given-up")).toEqual([
      expect.objectContaining({ node: "node-0", wish: "on", why: expect.stringContaining("ovb:images.iso") }),
    ]);
    expect(await node.power()).toBe("off");
  });

  it("that waits for too long is given up: the world has moved on", async () => {
    lab.nova.node("node-0", running);
    const cloud = await lab.agent({ times: { ...fastTimes, operation: 50 } });
    const node = await machineOf(cloud, "node-0");
    await node.change("off");
    await node.change("on");
    lab.nova.fault = (what) => (what.endsWith("start") ? { status: 503 } : undefined);
    await idle(node);
    expect(lab.events("power-given-up").at(-1)).toMatchObject({ node: "node-0", wish: "on" });
  });

  it("is busy while nobody knows the machine's state", async () => {
    lab.nova.node("node-0", running);
    const cloud = await lab.agent({ times: { ...fastTimes, stale: 20 } });
    const node = await machineOf(cloud, "node-0");
    lab.nova.holdTasks();
    await node.change("off");
    lab.nova.fault = () => ({ status: 503 });
    await until("nothing is known", () => !cloud.isKnown());
    await expect(node.change("on")).rejects.toThrow(MachineBusy);
  });
});

describe("the power state", () => {
  /** At once, and until it is done. */
  async function shown(node: NovaMachine, finish: () => void): Promise<string[]> {
    const seen = [await node.power()];
    finish();
    while (node.activity() !== "none") {
      seen.push(await node.power());
      await pause(1);
    }
    seen.push(await node.power());
    return seen;
  }

  it.each([
    ["on", {}],
    ["reset", running],
    ["reset", {}],
  ] as const)(
    "is on from the moment at which %s is accepted, whatever Nova shows",
    async (action, change) => {
      const { node } = await machine(change);
      const finish = lab.nova.holdTasks();
      const accepted = node.change(action);
      // A client that asks beside the one that waits for its answer.
      const beside = node.power();
      await accepted;
      expect(await beside).toBe("on");
      expect(new Set(await shown(node, finish))).toEqual(new Set(["on"]));
    },
  );

  it("is off only once it is off, and then at once", async () => {
    const { server, node } = await machine(running);
    const finish = lab.nova.holdTasks();
    await node.change("off");
    expect(await node.power()).toBe("on");
    const settled = node.settled(60_000);
    finish();
    await settled;
    expect(server.vmState).toBe("stopped");
    expect(await node.power()).toBe("off");
  });

  it("of a machine that starts while its off waits is on", async () => {
    const { node } = await machine({});
    const finish = lab.nova.holdTasks();
    await node.change("on");
    await node.change("off");
    expect(await node.power()).toBe("on");
    finish();
    await node.settled(60_000);
    expect(await node.power()).toBe("off");
  });

  it("is waited for no longer than asked", async () => {
    const { node } = await machine(running);
    lab.nova.holdTasks();
    await node.change("off");
    await node.settled(5);
    expect(await node.power()).toBe("on");
  });
});
