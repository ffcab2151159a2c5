import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LabCloud } from "../../../../../agent/bmc/cloud/labCloud";
import { atomically } from "../../../../../agent/bmc/cloud/stateStore";
import type { BootOverride, PowerAction } from "../../../../../agent/nova/machine";
import type { FakeServer } from "../../../../support/fakeNova";
import { CloudFixture, fastTimes, idle, machineOf } from "../../../../support/labCloud";
import { pause, until } from "../../../../support/waiting";

let lab: CloudFixture;
beforeEach(async () => {
  lab = await new CloudFixture().start();
});
afterEach(() => lab.stop());

/**
 * An agent that can be killed: at the nth boundary, that is before or after a request or a write of the state, and from
 * then on nothing that it does reaches the cloud or the disk. What it has sent already, Nova still does.
 */
class Mortal {
  boundaries = 0;
  dead = false;
  cloud!: LabCloud;
  #killAt: number;

  /** Of requests that change something, and of writes; looking changes nothing, so that being killed there is no case of its own. */
  constructor(killAt: number) {
    this.#killAt = killAt;
  }

  async start(): Promise<this> {
    const boundary = () => {
      if (!this.dead && ++this.boundaries === this.#killAt) this.dead = true;
      if (this.dead) throw new Error("killed");
    };
    this.cloud = await lab.agent(
      {
        write: async (file, text) => {
          boundary();
          await atomically(file, text);
          boundary();
        },
      },
      {
        fetch: async (url, init) => {
          if (this.dead) throw new Error("killed");
          const acts = String(url).endsWith("/action");
          if (acts) boundary();
          const answer = await fetch(url, init);
          if (acts) boundary();
          return answer;
        },
        sleep: async (ms) => {
          if (this.dead) throw new Error("killed");
          await pause(ms);
        },
      },
    );
    return this;
  }

  async bury(): Promise<void> {
    await this.cloud.stop();
  }
}

interface Case {
  title: string;
  server: Partial<FakeServer>;
  strategy: "rescue" | "rebuild";
  override?: BootOverride;
  action: PowerAction;
  /** Power, and what runs, once the client has got its way. */
  end: { vmState: FakeServer["vmState"]; disk: string };
  boots?: string;
}

const pxeOnce: BootOverride = { target: "pxe", persistence: "once" };
const noOverride: BootOverride = { target: "none", persistence: "once" };
const rescued = { vmState: "rescued", power: 1, disk: "os" } as const;

const cases: Case[] = [
  {
    title: "power off while rescued (unrescue, stop)",
    server: rescued,
    strategy: "rescue",
    action: "off",
    end: { vmState: "stopped", disk: "os" },
  },
  {
    title: "network boot by rescue from off (rescue)",
    server: { disk: "os" },
    strategy: "rescue",
    override: pxeOnce,
    action: "on",
    end: { vmState: "rescued", disk: "os" },
    boots: "cdrom:ipxe-iso",
  },
  {
    title: "network boot by rescue, its last one halted (unrescue, rescue)",
    server: { ...rescued, power: 4 },
    strategy: "rescue",
    override: pxeOnce,
    action: "on",
    end: { vmState: "rescued", disk: "os" },
    boots: "cdrom:ipxe-iso",
  },
  {
    title: "network boot by rebuild from off (rebuild, start)",
    server: { disk: "os" },
    strategy: "rebuild",
    override: pxeOnce,
    action: "on",
    end: { vmState: "active", disk: "ipxe-disk" },
    boots: "disk:ipxe-disk",
  },
  {
    title: "network boot by rebuild while rescued (unrescue, rebuild)",
    server: { ...rescued, power: 4 },
    strategy: "rebuild",
    override: pxeOnce,
    action: "on",
    end: { vmState: "active", disk: "ipxe-disk" },
    boots: "disk:ipxe-disk",
  },
];

/** More than any case has: a run without a kill says how many there are. */
const most = 24;

describe.each(cases)("killed and started again: $title", (example) => {
  async function prepare(): Promise<FakeServer> {
    const server = lab.nova.node("node-0", { ...example.server }, [`ovb:strategy=${example.strategy}`]);
    if (example.override !== undefined) {
      const cloud = await lab.agent();
      await (await machineOf(cloud, "node-0")).setBootOverride(example.override);
      await cloud.stop();
    }
    return server;
  }

  /** As Ironic does: the same wish until it is told success. */
  async function insist(cloud: LabCloud): Promise<void> {
    const machine = await machineOf(cloud, "node-0");
    const end = Date.now() + 60_000;
    for (;;) {
      try {
        await machine.change(example.action);
        break;
      } catch (error) {
        if (Date.now() > end) throw error;
        await pause(5);
      }
    }
    await idle(machine);
  }

  function check(server: FakeServer, cloud: LabCloud): void {
    expect(server).toMatchObject({ ...example.end, task: null });
    if (example.boots !== undefined) expect(server.boots.at(-1)).toBe(example.boots);
    expect(cloud.machines().get("node-0")!.bootOverride()).toEqual(noOverride);
    expect(lab.nova.did(server).filter((done) => done === "rebuild")).toHaveLength(
      example.strategy === "rebuild" ? 1 : 0,
    );
  }

  it("ends well at every boundary at which it is killed", async () => {
    let killed = 0;
    for (let at = 1; at <= most; at++) {
      const server = await prepare();
      const first = await new Mortal(at).start();
      const machine = await machineOf(first.cloud, "node-0");
      await machine.change(example.action).catch(() => {});
      await until("it is killed, or done", () => first.dead || machine.operation() === undefined);
      await pause(2);
      await first.bury();
      const second = await lab.agent();
      if (!first.dead) {
        check(server, second.machines().size > 0 ? second : first.cloud);
        await second.stop();
        break;
      }
      killed++;
      // Half of the clients ask again at once, half when the agent has settled by itself.
      if (at % 2 === 0) await idle(await machineOf(second, "node-0"));
      await insist(second);
      check(server, second);
      await second.stop();
      await until("nothing is under way", () => server.task === null);
      lab.nova.servers.clear();
      lab.nova.accepted.splice(0);
      // The next round is another machine: this one's record would be its own.
      await forgetState();
    }
    expect(killed).toBeGreaterThanOrEqual(5);
    expect(killed).toBeLessThan(most);
  });
});

it("killed many times in a row, at random: no rebuild is done that was not asked for, none twice", async () => {
  const random = seeded(20_260_101);
  for (let round = 0; round < 12; round++) {
    const server = lab.nova.node("node-0", { disk: "os" }, ["ovb:strategy=rebuild"]);
    const setUp = await lab.agent();
    await (await machineOf(setUp, "node-0")).setBootOverride(pxeOnce);
    await setUp.stop();
    let asked = 0;
    for (let kills = 0; ; kills++) {
      const agent = await new Mortal(kills < 4 ? 1 + Math.floor(random() * 8) : 0).start();
      const machine = await machineOf(agent.cloud, "node-0");
      while (!agent.dead && server.boots.at(-1) !== "disk:ipxe-disk") {
        asked++;
        await machine.change("on").catch(() => {});
        await pause(random() * 10);
      }
      await until("killed or done", () => agent.dead || machine.operation() === undefined);
      await agent.bury();
      if (!agent.dead) break;
      await pause(random() * 30);
    }
    await until("on", () => server.vmState === "active" && server.task === null);
    expect(asked).toBeGreaterThan(0);
    expect(server.disk).toBe("ipxe-disk");
    expect(lab.nova.did(server).filter((done) => done === "rebuild")).toHaveLength(1);
    lab.nova.servers.clear();
    lab.nova.accepted.splice(0);
    await forgetState();
  }
});

it("an intent that is too old is given up: the world has moved on", async () => {
  const server = lab.nova.node("node-0", { ...rescued }, ["ovb:strategy=rescue"]);
  // Killed between the two steps of a power-off: intent written, unrescue accepted.
  const first = await new Mortal(5).start();
  await (await machineOf(first.cloud, "node-0")).change("off").catch(() => {});
  await until("killed", () => first.dead);
  await first.bury();
  const operation = 50;
  await pause(operation + 10);
  const second = await lab.agent({ times: { ...fastTimes, operation } });
  const machine = await machineOf(second, "node-0");
  await idle(machine);
  expect(server.vmState).toBe("active");
  expect(lab.nova.did(server)).toEqual(["unrescue"]);
  await until("it is said", () => lab.events("power-given-up").length === 1);
});

async function forgetState(): Promise<void> {
  await atomically(lab.stateFile, '{"version":1,"lab":"lab","nodes":{}}\n');
}

/** mulberry32 */
function seeded(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
