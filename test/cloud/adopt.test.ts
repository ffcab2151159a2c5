import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type IronicOutputs, LabIronic } from "../../cli/ironic/labIronic";
import { getNode } from "../../cli/ironic/node";
import { readRecord } from "../../cli/ironic/record";
import { getServer, listInstanceActions, listServers } from "../../openstack/nova";
import { GuestAccess } from "./guest";
import { inventory, session } from "./tenant";
import { type LabOutputs, succeeded, TestLab } from "./testLab";
import { until } from "./until";

// Nothing that is on a node is lost with the undercloud: its Ironic is replaced under two deployed nodes.
const patienceMs = 30 * 60_000;
vi.setConfig({ testTimeout: 2 * patienceMs });
/** Ironic's interval (plan/guest/ironic/conf.ts) twice, and what a busy machine adds. Milliseconds. */
const twoPowerSyncs = 75_000;
const lab = new TestLab("adopt", {
  lab: "ovb-adopt",
  undercloud: { kind: "ironic", image: "ovb-undercloud", flavor: "undercloud" },
  bmc: { redfish: { httpsPort: 8443 } },
  nodes: [
    { name: "rescue", count: 1 },
    { name: "rebuild", count: 1, bootStrategy: "rebuild" },
  ],
});
const guest = new GuestAccess();
const keys = ["rescue-0", "rebuild-0"] as const;
const names = keys.map((key) => `ovb-adopt-${key}`);
const [rescue = "", rebuild = ""] = names;
const folder = mkdtempSync(join(tmpdir(), "ovb-adopt-"));
const keyFile = join(folder, "key.pub");
let before: Awaited<ReturnType<typeof inventory>>;
let ironic: LabIronic;
let outside = "";
/** What tells a node that was left alone: boot id, marker, Nova's actions. */
let left: Awaited<ReturnType<typeof traces>>;

beforeAll(async () => {
  before = await inventory();
  await guest.create();
  writeFileSync(keyFile, guest.publicKey);
  lab.configure({ authorizedKeys: [guest.publicKey] });
  succeeded(await lab.up());
  await open();
});

afterAll(async () => {
  await lab.destroy();
  lab.remove();
  guest.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function open(): Promise<void> {
  const outputs = (await lab.outputs()) as LabOutputs & IronicOutputs;
  outside = outputs.undercloud.floatingIp!;
  ironic = await LabIronic.open(outputs, { session, claim: await lab.claim(), report: console.log });
}

const addressOf = (name: string) => lab.plan.nodes.find((node) => node.name === name)!.address;
const serverId = async (name: string) =>
  (await listServers(session, { tags: ["ovb:lab=ovb-adopt"] })).find((one) => one.name === name)!.id;
const server = async (name: string) => getServer(session, await serverId(name));
const actions = async (name: string) =>
  (await listInstanceActions(session, await serverId(name))).map(({ action }) => action);

/** ssh's own status where it had no connection: on a busy machine two handshakes, one through the other, may take too long. */
const noConnection = 255;

async function good(name: string, command: string): Promise<string> {
  const answer = await until(`an answer of ${name} to ${command}`, async () => {
    const ran = await guest.run(addressOf(name), command, outside);
    return ran.status !== noConnection && ran;
  });
  expect({ name, command, ...answer }).toMatchObject({ status: 0 });
  return answer.text.trim();
}

const traces = async () =>
  Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [
        name,
        {
          boot: await good(name, "cat /proc/sys/kernel/random/boot_id"),
          marker: await good(name, "cat /var/lib/ovb-test"),
          actions: await actions(name),
        },
      ]),
    ),
  ) as Record<string, { boot: string; marker: string; actions: string[] }>;

describe("what Ironic deployed", () => {
  test("is written down by the nodes' servers", async () => {
    succeeded(await lab.ovb("deploy", [...keys, "--ssh-key", keyFile]));
    for (const name of names) {
      await guest.wait(addressOf(name), patienceMs, outside);
      await good(name, `echo ${name} | sudo tee /var/lib/ovb-test >/dev/null; sync`);
      const record = readRecord((await server(name)).metadata);
      expect(record).toMatchObject({ image: expect.stringMatching(/debian-13\.raw$/), format: "raw" });
    }
  });

  test("is not deployed over: deploy says that it did nothing, and what its options did not do", async () => {
    const { stdout } = succeeded(await lab.ovb("deploy", [keys[0], "--ssh-key", keyFile]));
    expect(stdout).toContain(`${rescue} was active already: nothing was done; --ssh-key has no effect on it`);
  });

  test("is off while ovb power has it off, and on while it has it on: Ironic follows", async () => {
    for (const state of ["off", "on"] as const) {
      succeeded(await lab.ovb("power", [state, keys[0]]));
      await sleep(twoPowerSyncs);
      const { status } = await server(rescue);
      expect([state, status]).toEqual([state, state === "on" ? "ACTIVE" : "SHUTOFF"]);
      expect((await getNode(ironic.client, rescue)).power_state).toBe(`power ${state}`);
    }
    await guest.wait(addressOf(rescue), patienceMs, outside);
  });

  test("outlives the undercloud: up adopts it, and touches no node", async () => {
    left = await traces();
    const old = await serverId(lab.plan.undercloud!.name);
    const another = guest.publicKey.replace(/\S+$/, "somebody-else");
    // The port replaces it; keys alone would not (test/devcloud/ironicInPlace.test.ts). They replace the BMC.
    lab.configure({
      authorizedKeys: [guest.publicKey, another],
      undercloud: { kind: "ironic", image: "ovb-undercloud", flavor: "undercloud", bootPort: 8099 },
    });
    const { stdout, stderr } = succeeded(await lab.up([]));
    console.log(stderr);
    expect(await serverId(lab.plan.undercloud!.name)).not.toBe(old);
    expect(stdout).toContain("Ironic answers: rescue-0 active, rebuild-0 active");
    for (const name of names) expect(stderr).toContain(`${name}: adopted`);
    expect(stderr).not.toMatch(/: deploying|wait call-back|powering/);
    await open();
    await guest.wait(outside, patienceMs);
    expect(await traces()).toEqual(left);
    for (const name of names)
      expect(await getNode(ironic.client, name)).toMatchObject({
        provision_state: "active",
        power_state: "power on",
        instance_info: { image_source: expect.stringMatching(/debian-13\.raw$/) },
      });
  });

  test("is left alone by Ironic's power sync, and by another up", async () => {
    await sleep(twoPowerSyncs);
    const { stdout, stderr } = succeeded(await lab.up([]));
    expect(stderr).not.toMatch(/adopted|: deploying|powering/);
    expect(stdout).toContain("Ironic answers: rescue-0 active, rebuild-0 active");
    expect(await traces()).toEqual(left);
  });
});

describe("a node that is taken back", () => {
  test("by ovb rebuild: Ironic lets it go first, and nothing is written down any more", async () => {
    const { stderr } = succeeded(await lab.ovb("rebuild", [keys[1], "--yes"]));
    expect(stderr).toContain(`taking back in Ironic: ${rebuild} (active)`);
    expect((await getNode(ironic.client, rebuild)).provision_state).toBe("available");
    const { status, metadata } = await server(rebuild);
    expect(status).toBe("SHUTOFF");
    expect(readRecord(metadata)).toBeUndefined();
  });

  test("by ovb undeploy: it is available and off, and a second time there is nothing to do", async () => {
    const { stdout } = succeeded(await lab.ovb("undeploy", [keys[0], "--yes"]));
    expect(stdout).toContain(`${rescue} is taken back`);
    expect((await getNode(ironic.client, rescue)).provision_state).toBe("available");
    await until("the node is off", async () => (await server(rescue)).status === "SHUTOFF");
    expect(readRecord((await server(rescue)).metadata)).toBeUndefined();
    const again = succeeded(await lab.ovb("undeploy", [keys[0], "--yes"]));
    expect(again.stdout).toContain("nothing was done");
  });
});

test("destroy leaves nothing", async () => {
  succeeded(await lab.destroy());
  expect(await inventory()).toEqual(before);
});
