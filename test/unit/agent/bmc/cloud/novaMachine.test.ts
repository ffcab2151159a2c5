import { readFileSync, statSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { atomically } from "../../../../../agent/bmc/cloud/stateStore";
import { MachineBusy, type PowerAction, Unsupported } from "../../../../../agent/nova/machine";
import type { FakeServer } from "../../../../support/fakeNova";
import { CloudFixture, fastTimes, idle, machineOf, powerOrBusy } from "../../../../support/labCloud";
import { pause, until } from "../../../../support/waiting";

let lab: CloudFixture;
beforeEach(async () => {
  lab = await new CloudFixture().start();
});
afterEach(() => lab.stop());

const pxeOnce = { target: "pxe", persistence: "once" } as const;
const noOverride = { target: "none", persistence: "once" };

async function machine(change: Partial<FakeServer> = {}, tags: string[] = []) {
  const server = lab.nova.node("node-0", change, tags);
  const cloud = await lab.agent();
  return { server, cloud, node: await machineOf(cloud, "node-0") };
}

const running = { vmState: "active", power: 1, disk: "os" } as const;
const rescued = { vmState: "rescued", power: 1, disk: "os" } as const;
/** What IPA leaves: it has switched itself off, and Nova says RESCUE for ever. */
const halted = { vmState: "rescued", power: 4, disk: "os" } as const;

describe("power changes, by what Nova is asked and what boots", () => {
  const cases: [string, Partial<FakeServer>, boolean, PowerAction, string[], string[], string][] = [
    // title, server, pxe?, action, requests, boots, power at the end
    ["on", {}, false, "on", ["start"], ["disk:ipxe-disk"], "on"],
    ["on when on", running, false, "on", [], [], "on"],
    ["off", running, false, "off", ["stop"], [], "off"],
    ["soft", running, false, "soft", ["stop"], [], "off"],
    ["off when off", {}, false, "off", [], [], "off"],
    ["reset", running, false, "reset", ["rebootHard"], ["disk:os"], "on"],
    ["cycle", running, false, "cycle", ["rebootHard"], ["disk:os"], "on"],
    ["restart", running, false, "restart", ["stop", "start"], ["disk:os"], "on"],
    ["pxe, restart", running, true, "restart", ["stop", "rescue"], ["cdrom:ipxe-iso"], "on"],
    ["restart while rescued", rescued, false, "restart", ["unrescue"], ["disk:os"], "on"],
    ["pxe, on", { disk: "os" }, true, "on", ["rescue"], ["cdrom:ipxe-iso"], "on"],
    ["pxe, reset", running, true, "reset", ["rescue"], ["cdrom:ipxe-iso"], "on"],
    ["pxe, off", running, true, "off", ["stop"], [], "off"],
    ["off while rescued", rescued, false, "off", ["unrescue", "stop"], ["disk:os"], "off"],
    ["reset while rescued", rescued, false, "reset", ["unrescue"], ["disk:os"], "on"],
    [
      "pxe, reset while rescued",
      rescued,
      true,
      "reset",
      ["unrescue", "rescue"],
      ["disk:os", "cdrom:ipxe-iso"],
      "on",
    ],
    ["off when its rescue halted", halted, false, "off", [], [], "off"],
    ["on when its rescue halted", halted, false, "on", ["unrescue"], ["disk:os"], "on"],
    [
      "pxe, on when its rescue halted",
      halted,
      true,
      "on",
      ["unrescue", "rescue"],
      ["disk:os", "cdrom:ipxe-iso"],
      "on",
    ],
    [
      "on when its OS halted and Nova has not followed",
      { ...running, power: 4 },
      false,
      "on",
      ["rebootHard"],
      ["disk:os"],
      "on",
    ],
    ["reset when off", {}, false, "reset", ["start"], ["disk:ipxe-disk"], "on"],
    ["cycle when off", {}, false, "cycle", ["start"], ["disk:ipxe-disk"], "on"],
    ["pxe, restart when off", {}, true, "restart", ["rescue"], ["cdrom:ipxe-iso"], "on"],
    ["reset when its rescue halted", halted, false, "reset", ["unrescue"], ["disk:os"], "on"],
    [
      "restart when its OS halted",
      { ...running, power: 4 },
      false,
      "restart",
      ["rebootHard"],
      ["disk:os"],
      "on",
    ],
    ["off in ERROR", { vmState: "error", power: 1 }, false, "off", ["stop"], [], "off"],
    ["on in ERROR", { vmState: "error", power: 4 }, false, "on", ["rebootHard"], ["disk:ipxe-disk"], "on"],
  ];
  it.each(cases)("%s", async (_title, change, pxe, action, requests, boots, power) => {
    const { server, node } = await machine(change, ["ovb:strategy=rescue"]);
    const disk = server.disk;
    if (pxe) await node.setBootOverride(pxeOnce);
    await node.change(action);
    await idle(node);
    expect(lab.nova.did(server)).toEqual(requests);
    expect(server.boots).toEqual(boots);
    await until(`power is ${power}`, async () => (await powerOrBusy(node)) === power);
    // A rescue keeps the disk; the one-shot override is used up by a boot and by nothing else.
    expect(server.disk).toBe(disk);
    expect(node.bootOverride()).toEqual(pxe && action === "off" ? pxeOnce : noOverride);
  });

  it("sends an NMI to a running machine only", async () => {
    const { server, node } = await machine(running);
    await node.change("diag");
    expect(lab.nova.did(server)).toEqual(["crashDump"]);
    await node.change("off");
    await idle(node);
    await expect(node.change("diag")).rejects.toThrow(Unsupported);
  });

  it("says Unsupported for an NMI that the hypervisor has not, and busy where it is the state's fault", async () => {
    const { node } = await machine(running);
    lab.nova.fault = (what) => (what.endsWith("crashDump") ? { status: 400 } : undefined);
    await expect(node.change("diag")).rejects.toThrow(Unsupported);
    lab.nova.fault = (what) => (what.endsWith("crashDump") ? { status: 409 } : undefined);
    await expect(node.change("diag")).rejects.toThrow(MachineBusy);
  });
});

describe("boot override", () => {
  it("stays when it is continuous", async () => {
    const { server, node } = await machine({}, ["ovb:strategy=rescue"]);
    await node.setBootOverride({ target: "pxe", persistence: "continuous" });
    for (const action of ["on", "off", "on"] as const) {
      await node.change(action);
      await idle(node);
    }
    expect(server.boots.filter((boot) => boot.startsWith("cdrom"))).toHaveLength(2);
    expect(node.bootOverride()).toEqual({ target: "pxe", persistence: "continuous" });
  });

  it("is on the disk when it is set, readable by the agent only", async () => {
    const { node } = await machine();
    await node.setBootOverride(pxeOnce);
    expect(JSON.parse(readFileSync(lab.stateFile, "utf8")).nodes["node-0"].override).toEqual(pxeOnce);
    expect(statSync(lab.stateFile).mode & 0o777).toBe(0o600);
  });

  it("is not used up by a request that Nova refuses", async () => {
    const { node } = await machine({}, ["ovb:strategy=rescue"]);
    await node.setBootOverride(pxeOnce);
    lab.nova.fault = (what) => (what.endsWith("rescue") ? { status: 409 } : undefined);
    await expect(node.change("on")).rejects.toThrow(MachineBusy);
    expect(node.bootOverride()).toEqual(pxeOnce);
    lab.nova.fault = () => undefined;
    await node.change("on");
    await idle(node);
    expect(node.bootOverride()).toEqual(noOverride);
  });

  it("keeps persistence and firmware without a target, for who sets one after the other", async () => {
    const { node, cloud } = await machine();
    const flags = { target: "none", persistence: "continuous", firmware: "bios" } as const;
    await node.setBootOverride(flags);
    await cloud.stop();
    expect((await machineOf(await lab.agent(), "node-0")).bootOverride()).toEqual(flags);
  });

  it("refuses what Nova cannot boot", async () => {
    const { node } = await machine();
    await expect(node.setBootOverride({ target: "bios-setup", persistence: "once" })).rejects.toThrow(
      Unsupported,
    );
  });
});

describe("what was set in the firmware's setup", () => {
  it("is kept over a restart of the agent, and current from the next boot on", async () => {
    const { node, cloud } = await machine(running);
    await node.bios.set({ Turbo: "Enabled", Cores: 4 });
    await cloud.stop();
    const next = await machineOf(await lab.agent(), "node-0");
    await next.change("off");
    await idle(next);
    expect([next.bios.current(), next.bios.pending()]).toEqual([{}, { Turbo: "Enabled", Cores: 4 }]);
    await next.change("on");
    await idle(next);
    expect([next.bios.current(), next.bios.pending()]).toEqual([{ Turbo: "Enabled", Cores: 4 }, {}]);
    await next.bios.reset();
    expect(next.bios.current()).toEqual({});
  });
});

describe("strategy rebuild", () => {
  const deployed = (tags: string[] = []) => machine({ disk: "os" }, ["ovb:strategy=rebuild", ...tags]);

  it("writes iPXE over the disk when a network boot really happens, and starts it once Nova has stopped it again", async () => {
    const { server, node } = await deployed();
    await node.setBootOverride(pxeOnce);
    await pause(5 * fastTimes.idle);
    expect(lab.nova.did(server)).toEqual([]);
    await node.change("on");
    await idle(node);
    expect(lab.nova.did(server)).toEqual(["rebuild", "start"]);
    expect(server).toMatchObject({ disk: "ipxe-disk", vmState: "active" });
    expect(server.metadata).toMatchObject({ owner: "somebody", "ovb-rebuild": expect.any(String) });
  });

  it("rebuilds a running machine in one step", async () => {
    const { server, node } = await machine(running, ["ovb:strategy=rebuild"]);
    await node.setBootOverride(pxeOnce);
    await node.change("reset");
    await idle(node);
    expect(lab.nova.did(server)).toEqual(["rebuild"]);
    expect(server.boots).toEqual(["disk:ipxe-disk"]);
  });

  it("never for any other power-on", async () => {
    const { server, node } = await deployed();
    await node.change("on");
    await idle(node);
    await node.setBootOverride({ target: "disk", persistence: "once" });
    await node.change("reset");
    await idle(node);
    expect(lab.nova.did(server)).toEqual(["start", "rebootHard"]);
    expect(server.disk).toBe("os");
  });

  it("refuses to wipe a deployed disk for an inspection, unless that is configured", async () => {
    const { server, node, cloud } = await deployed(["ovb:script=inspector.ipxe"]);
    await node.setBootOverride({ target: "disk", persistence: "once" });
    await node.change("on");
    await idle(node);
    await node.setBootOverride(pxeOnce);
    await expect(node.change("reset")).rejects.toThrow(/ovb:rebuild=inspection/);
    expect(server.disk).toBe("os");
    expect(node.bootOverride()).toEqual(pxeOnce);
    server.tags.push("ovb:rebuild=inspection");
    await until("the tag is seen", () => cloud.machines().get("node-0")!.node.rebuildForInspection);
    await node.change("reset");
    await idle(node);
    expect(lab.nova.did(server)).toEqual(["start", "rebuild"]);
  });

  it("does not write a disk again that was written and not yet booted", async () => {
    const { server, node } = await deployed();
    await node.setBootOverride(pxeOnce);
    // Only the start after the rebuild is refused, for long.
    lab.nova.fault = (what) => (what.endsWith("/action start") ? { status: 409 } : undefined);
    await node.change("on");
    await until("it is given up", () => lab.events("power-given-up").length === 1);
    expect(node.bootOverride()).toEqual(pxeOnce);
    lab.nova.fault = () => undefined;
    await node.change("on");
    await idle(node);
    expect(lab.nova.did(server)).toEqual(["rebuild", "start"]);
    expect(server.vmState).toBe("active");
  });
});

describe("what is under way", () => {
  it("is on the disk before Nova is asked, at each step", async () => {
    const server = lab.nova.node("node-0", rescued);
    const cloud = await lab.agent({
      write: async (file, text) => {
        await pause(15);
        await atomically(file, text);
      },
    });
    const node = await machineOf(cloud, "node-0");
    const written: unknown[] = [];
    lab.nova.fault = (what) => {
      if (what.startsWith("POST")) {
        const { steps, index, phase } = JSON.parse(readFileSync(lab.stateFile, "utf8")).nodes["node-0"]
          .operation;
        written.push([steps[index].do, phase]);
      }
      return undefined;
    };
    await node.change("off");
    await idle(node);
    expect(written).toEqual([
      ["unrescue", "sending"],
      ["stop", "sending"],
    ]);
    expect(server.vmState).toBe("stopped");
  });

  it("is not judged by a poll that Nova answered before it took the request", async () => {
    const server = lab.nova.node("node-0");
    const cloud = await lab.agent({ times: { ...fastTimes, changing: 2_000, idle: 20, poll: 2_000 } });
    const node = await machineOf(cloud, "node-0");
    let late = 0;
    lab.nova.fault = (what) => (what.startsWith("GET") && late++ === 0 ? { lateMs: 40 } : undefined);
    cloud.context.poller.fresh().catch(() => {});
    await until("a poll is under way, and already answered", () => late === 1);
    await pause(3);
    const finish = lab.nova.holdTasks();
    await node.change("on");
    await pause(60);
    expect(lab.events("power-given-up")).toEqual([]);
    expect(node.operation()).toBeDefined();
    finish();
    expect(server.vmState).toBe("active");
    await cloud.context.poller.fresh();
    await until("done", () => lab.events("power-done").length === 1);
    expect(lab.events("power-given-up")).toEqual([]);
    expect(server.vmState).toBe("active");
  });

  it("a second wish of the same kind is the same one", async () => {
    const { server, node } = await machine(rescued);
    const finish = lab.nova.holdTasks();
    await Promise.all([node.change("off"), node.change("off"), node.change("soft")]);
    await node.change("off");
    // On until it is off, not when the first of two steps was accepted.
    expect(await node.power()).toBe("on");
    finish();
    await idle(node);
    expect(await node.power()).toBe("off");
    expect(lab.nova.did(server)).toEqual(["unrescue", "stop"]);
  });

  it("is on while it is powering on", async () => {
    const { node } = await machine();
    const finish = lab.nova.holdTasks();
    await node.change("on");
    await until("powering-on is seen", async () => (await node.power()) === "on");
    expect(node.operation()).toBeDefined();
    finish();
    await idle(node);
    expect(await node.power()).toBe("on");
  });

  it("a race: someone stops it between our look and our request", async () => {
    const { server, node } = await machine(running);
    lab.nova.fault = (what) => {
      if (what.endsWith("/action stop")) Object.assign(server, { vmState: "stopped", power: 4 });
      return undefined;
    };
    await node.change("off");
    await until("off", async () => (await node.power()) === "off");
    expect(lab.nova.did(server)).toEqual([]);
  });

  it("an answer that is lost: busy, and what Nova shows decides", async () => {
    const { server, node } = await machine({ disk: "os" }, ["ovb:strategy=rebuild"]);
    await node.setBootOverride(pxeOnce);
    lab.nova.fault = (what) => (what.endsWith("rebuild") ? { cut: "after" } : undefined);
    await expect(node.change("on")).rejects.toThrow(MachineBusy);
    lab.nova.fault = () => undefined;
    await idle(node);
    expect(lab.nova.did(server)).toEqual(["rebuild", "start"]);
    expect(node.bootOverride()).toEqual(noOverride);
  });

  it("a request that is lost: busy, and it is not repeated, because nobody was promised anything", async () => {
    const { server, node } = await machine({ disk: "os" }, ["ovb:strategy=rebuild"]);
    await node.setBootOverride(pxeOnce);
    lab.nova.fault = (what) => (what.endsWith("rebuild") ? { cut: "before" } : undefined);
    await expect(node.change("on")).rejects.toThrow(MachineBusy);
    await idle(node);
    expect(lab.nova.did(server)).toEqual([]);
    expect(node.bootOverride()).toEqual(pxeOnce);
  });

  it("Nova takes it and fails: given up, said in the log, and the next wish works", async () => {
    const { server, node } = await machine(rescued, ["ovb:strategy=rescue"]);
    await node.setBootOverride(pxeOnce);
    lab.nova.failing.add("unrescue");
    await node.change("reset");
    await until("it is given up", () => lab.events("power-given-up").length > 0);
    expect(lab.events("power-given-up")).toEqual([
      expect.objectContaining({ node: "node-0", step: "unrescue", why: expect.stringContaining("error") }),
    ]);
    expect(node.bootOverride()).toEqual(pxeOnce);
    await node.change("reset");
    await idle(node);
    expect(server.boots).toEqual(["cdrom:ipxe-iso"]);
  });

  it("Nova takes a rescue and takes it back: the one-shot boot is still to come, and not from the disk", async () => {
    const { server, node } = await machine({ disk: "os" }, ["ovb:strategy=rescue"]);
    await node.setBootOverride(pxeOnce);
    lab.nova.failing.add("rescue");
    await node.change("on");
    await until("it is given up", () => lab.events("power-given-up").length > 0);
    expect(node.bootOverride()).toEqual(pxeOnce);
    await node.change("on");
    await idle(node);
    expect(lab.nova.did(server)).toEqual(["rescue", "rescue"]);
    expect(server.boots).toEqual(["cdrom:ipxe-iso"]);
  });

  it("paused by somebody: busy, with the reason", async () => {
    const { node } = await machine({ vmState: "paused", power: 3 });
    await expect(node.change("off")).rejects.toThrow(/paused/);
  });
});

describe("what the cloud refuses", () => {
  it("403: the rule to add, once in the log", async () => {
    const { node } = await machine();
    lab.nova.fault = (what) => (what.endsWith("start") ? { status: 403 } : undefined);
    for (let i = 0; i < 3; i++) {
      await expect(node.change("on")).rejects.toThrow(
        /\{"service":"compute","method":"POST","path":"\/v2.1\/servers\/\*\/action"\}/,
      );
    }
    expect(lab.events("forbidden")).toHaveLength(1);
  });

  it("503: busy, at once told, and nothing is under way afterwards", async () => {
    const { node } = await machine();
    lab.nova.fault = (what) => (what.endsWith("start") ? { status: 503 } : undefined);
    await expect(node.change("on")).rejects.toThrow(MachineBusy);
    expect(node.operation()).toBeUndefined();
  });

  it("no iPXE ISO: says what to configure", async () => {
    lab.nova.images.splice(0);
    const { node } = await machine({}, ["ovb:strategy=rescue"]);
    await node.setBootOverride(pxeOnce);
    await expect(node.change("on")).rejects.toThrow(/ovb:images.iso/);
  });

  it("an image that `pulumi up` replaced: the new one is found", async () => {
    const { server, node } = await machine({}, ["ovb:strategy=rescue"]);
    await node.setBootOverride({ target: "pxe", persistence: "continuous" });
    await node.change("on");
    await idle(node);
    await node.change("off");
    await idle(node);
    lab.nova.images.splice(0);
    lab.nova.image("new-iso", "iso");
    await expect(node.change("on")).rejects.toThrow(/could not be found/);
    await node.change("on");
    await idle(node);
    expect(server.boots.at(-1)).toBe("cdrom:new-iso");
  });
});
