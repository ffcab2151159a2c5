import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fetches } from "../../cli/lab/firstBoot";
import { consoleOutput, getServer, listServers } from "../../openstack/nova";
import { inventory, session } from "./tenant";
import { succeeded, TestLab } from "./testLab";
import { until as seen } from "./until";

const missing = spawnSync("ipmitool", ["-V"]).error !== undefined;
const title = `npx ovb bmc with real ipmitool${missing ? ": skipped, it is not installed (apt-get install ipmitool)" : ""}`;

// One lab whose BMC is this process's child; each test finds what the one before it left.
describe.skipIf(missing)(title, () => {
  const lab = new TestLab("bmc", { lab: "ovb-bmc", bmc: { enabled: false }, nodes: [{ count: 1 }] });
  const folder = mkdtempSync(join(tmpdir(), "ovb-bmc-"));
  const node = lab.plan.nodes[0]!;
  let before: Awaited<ReturnType<typeof inventory>>;
  let agent: Agent;
  let undercloud = "";
  let server = "";

  beforeAll(async () => {
    before = await inventory();
    succeeded(await lab.up());
    const servers = await listServers(session, { tags: ["ovb:lab=ovb-bmc"] });
    const id = (name: string) => servers.find((one) => one.name === name)!.id;
    undercloud = id(lab.plan.undercloud!.name);
    server = id(node.name);
    agent = await Agent.start(lab);
  });

  afterAll(async () => {
    agent?.child.kill("SIGKILL");
    await lab.destroy();
    lab.remove();
    rmSync(folder, { recursive: true });
  });

  /** As the agent's own table says it, with another command, or another password. */
  function ipmitool(command: string, passwordFile = agent.passwordFile) {
    const args = agent.ipmitool.replace(" power status", ` ${command}`).split(" ").slice(1);
    args[args.indexOf("-f") + 1] = passwordFile;
    return new Promise<{ status: number; text: string }>((resolve) => {
      execFile("ipmitool", args, { timeout: 60_000 }, (error, out, err) => {
        resolve({ status: error ? Number(error.code ?? -1) : 0, text: (out + err).trim() });
      });
    });
  }

  const good = async (command: string) => {
    const { status, text } = await ipmitool(command);
    expect({ command, status, text }).toMatchObject({ status: 0 });
    return text;
  };

  const until = <T>(what: string, look: () => Promise<T | undefined | false>) =>
    seen(() => `${what}\n${agent.log}`, look);

  const isPower = (state: "on" | "off") =>
    until(`power ${state}`, async () => (await ipmitool("power status")).text.endsWith(`is ${state}`));
  /** Nova's word, with nothing under way. */
  const isStatus = (status: string) =>
    until(`Nova's ${status}`, async () => {
      const now = await getServer(session, server);
      return now.status === status && now["OS-EXT-STS:task_state"] === null;
    });
  const done = (event: string, wish: string, count: number) =>
    until(
      `${event} ${wish}`,
      async () => agent.events(event).filter((one) => one.wish === wish).length >= count,
    );

  test("tells how to reach the node, and the password only by its file", async () => {
    expect(agent.ipmitool).toContain(`-p ${node.ipmiPort} -U admin -f `);
    const password = readFileSync(agent.passwordFile, "utf8");
    expect(password).toMatch(/^[\w-]{20}$/);
    expect(statSync(agent.passwordFile).mode & 0o777).toBe(0o600);
    expect(agent.table + agent.log).not.toContain(password);
    expect(await good("power status")).toBe("Chassis Power is off");
  });

  test("on, cycle, reset and off are Nova's", async () => {
    expect(await good("power on")).toBe("Chassis Power Control: Up/On");
    await isPower("on");
    await isStatus("ACTIVE");
    await done("power-done", "on", 1);
    for (const [count, action] of ["cycle", "reset"].entries()) {
      await good(`power ${action}`);
      expect(await good("power status")).toBe("Chassis Power is on");
      await done("power-done", "reset", count + 1);
    }
    await good("power off");
    await isPower("off");
    await isStatus("SHUTOFF");
  });

  test("a wrong password is refused, and so is a cycle of a machine that is off", async () => {
    const wrong = join(folder, "wrong");
    writeFileSync(wrong, "not-the-password", { mode: 0o600 });
    const refused = await ipmitool("power on", wrong);
    expect(refused.status).toBe(1);
    expect(refused.text).toContain("Unable to establish IPMI v2");
    expect((await ipmitool("power cycle")).status).toBe(1);
    expect((await getServer(session, server)).status).toBe("SHUTOFF");
    const anonymous = await fetch(agent.redfish);
    expect(anonymous.status).toBe(401);
  });

  test("bootdev pxe and power on: the node fetches boot.ipxe, rescued rather than rebuilt", async () => {
    const fetched = async () => fetches(await consoleOutput(session, undercloud), node);
    const earlier = await fetched();
    const began = Date.now();
    await good("chassis bootdev pxe");
    expect(await good("chassis bootparam get 5")).toContain("Force PXE");
    await good("power on");
    await isPower("on");
    await until(`GET /${node.bootScript}`, async () => (await fetched()) > earlier);
    console.log(`GET /${node.bootScript} ${((Date.now() - began) / 1000).toFixed(1)} s after bootdev pxe`);
    // Rescue boots the lab's iPXE ISO; a rebuild would have written the disk anew.
    expect((await getServer(session, server)).status).toBe("RESCUE");
    expect(await good("chassis bootparam get 5")).toContain("No override");
  });

  test("killed between unrescue and stop, the next agent stops the node", async () => {
    await good("power off");
    const was = agent;
    was.child.kill("SIGKILL");
    await was.end;
    expect((await getServer(session, server)).status).not.toBe("SHUTOFF");
    agent = await Agent.start(lab);
    expect(agent.passwordFile).toBe(was.passwordFile);
    await isPower("off");
    await isStatus("SHUTOFF");
  });

  test("Redfish powers the same node", async () => {
    const password = readFileSync(agent.passwordFile, "utf8");
    const headers = {
      authorization: `Basic ${Buffer.from(`admin:${password}`).toString("base64")}`,
      "content-type": "application/json",
    };
    const reset = async (type: string) =>
      (
        await fetch(`${agent.redfish}/Actions/ComputerSystem.Reset`, {
          ...{ method: "POST", headers, body: JSON.stringify({ ResetType: type }) },
        })
      ).status;
    expect(await reset("On")).toBe(204);
    await isStatus("ACTIVE");
    const system = async () =>
      (await (await fetch(agent.redfish, { headers })).json()) as Record<string, unknown>;
    // The agent's next poll sees what Nova's API says already.
    await until("Redfish's On", async () => (await system()).PowerState === "On");
    expect(await system()).toMatchObject({ Id: node.key, UUID: server, ProcessorSummary: { Count: 1 } });
    const nic = await fetch(`${agent.redfish}/EthernetInterfaces/NIC0`, { headers });
    expect(await nic.json()).toMatchObject({ MACAddress: node.mac });
    await until("ForceOff is taken", async () => (await reset("ForceOff")) === 204);
    await isStatus("SHUTOFF");
  });

  test("ends by TERM, and the lab goes without a trace", async () => {
    agent.child.kill("SIGTERM");
    expect(await agent.end).toBe(0);
    expect(agent.events("stopped")).toHaveLength(1);
    succeeded(await lab.destroy());
    expect(await inventory()).toEqual(before);
  });
});

/** `ovb bmc` as a process, and what it has said. */
class Agent {
  table = "";
  log = "";
  readonly end: Promise<number | null>;

  private constructor(readonly child: ChildProcess) {
    child.stdout!.on("data", (chunk: Buffer) => (this.table += chunk));
    child.stderr!.on("data", (chunk: Buffer) => (this.log += chunk));
    this.end = new Promise((resolve) => child.on("close", (status) => resolve(status)));
  }

  static async start(lab: TestLab): Promise<Agent> {
    const args = lab.command("bmc", ["--redfish-port", "0"]);
    const agent = new Agent(spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] }));
    for (let i = 0; i < 300; i++) {
      if (/Systems\/node-0\n/.test(agent.table)) return agent;
      if (agent.child.exitCode !== null) break;
      await sleep(100);
    }
    agent.child.kill("SIGKILL");
    throw new Error(`ovb bmc did not come up:\n${agent.table}\n${agent.log}`);
  }

  get ipmitool(): string {
    return /ipmitool .*/.exec(this.table)![0];
  }

  get redfish(): string {
    return /http:\S+/.exec(this.table)![0];
  }

  get passwordFile(): string {
    return / -f (\S+)/.exec(this.ipmitool)![1]!;
  }

  events(name: string): Record<string, unknown>[] {
    return this.log
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line.event === name);
  }
}
