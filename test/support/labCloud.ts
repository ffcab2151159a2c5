import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LabCloud, type LabCloudOptions } from "../../agent/bmc/cloud/labCloud";
import type { NovaMachine } from "../../agent/bmc/cloud/novaMachine";
import type { Times } from "../../agent/bmc/cloud/times";
import { MachineBusy } from "../../agent/nova/machine";
import { Session } from "../../openstack/session";
import type { Dependencies } from "../../openstack/transport";
import { FakeNova } from "./fakeNova";
import { until } from "./waiting";

/**
 * What decides how often something is done is the real one divided by some hundred. What decides when something is given
 * up is not: it would be given up for no other reason than a machine that stands still for a second. A test that is about
 * giving up says after what time.
 */
export const fastTimes: Times = {
  urgent: 2,
  changing: 4,
  asked: 10,
  idle: 25,
  interest: 30,
  settle: 40,
  poll: 60_000,
  stale: 60_000,
  decide: 60_000,
  tell: 60_000,
  operation: 60_000,
};

export interface LogLine {
  event: string;
  fields: Readonly<Record<string, unknown>>;
}

/** A lab's cloud on a fake Nova, with both of the iPXE images. */
export class CloudFixture {
  readonly nova = new FakeNova();
  readonly log: LogLine[] = [];
  readonly added: string[] = [];
  readonly removed: string[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), "ovb-agent-cloud-"));
  readonly stateFile = join(this.folder, "state", "lab.json");
  readonly #clouds: LabCloud[] = [];

  async start(): Promise<this> {
    await this.nova.start();
    this.nova.image("ipxe-iso", "iso");
    this.nova.image("ipxe-disk", "qcow2");
    return this;
  }

  async agent(change: Partial<LabCloudOptions> = {}, dependencies: Dependencies = {}): Promise<LabCloud> {
    const session = new Session(this.nova.auth, { random: () => 0, ...dependencies });
    const cloud = await LabCloud.start({
      session,
      lab: "lab",
      stateFile: this.stateFile,
      log: (event, fields = {}) => this.log.push({ event, fields }),
      onAdded: (machine) => this.added.push(machine.key),
      onRemoved: (machine) => this.removed.push(machine.key),
      times: fastTimes,
      ...change,
    });
    this.#clouds.push(cloud);
    return cloud;
  }

  async stop(): Promise<void> {
    for (const cloud of this.#clouds) await cloud.stop();
    await this.nova.stop();
    rmSync(this.folder, { recursive: true });
  }

  events(event: string): LogLine["fields"][] {
    return this.log.filter((line) => line.event === event).map((line) => line.fields);
  }
}

export async function machineOf(cloud: LabCloud, key: string): Promise<NovaMachine> {
  await until(`the agent knows ${key}`, () => cloud.machines().has(key));
  return cloud.machines().get(key)!;
}

export async function powerOrBusy(machine: NovaMachine): Promise<string> {
  try {
    return await machine.power();
  } catch (error) {
    if (error instanceof MachineBusy) return "busy";
    throw error;
  }
}

export async function idle(machine: NovaMachine): Promise<void> {
  await until(`${machine.key} has nothing under way`, () => machine.activity() === "none");
}
