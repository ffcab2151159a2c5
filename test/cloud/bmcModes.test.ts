import { afterAll, beforeAll, expect, test } from "vitest";
import { getServer } from "../../openstack/nova";
import { BmcClient } from "./bmcClient";
import { GuestAccess } from "./guest";
import { inventory, session } from "./tenant";
import { succeeded, TestLab } from "./testLab";

/*
 * Each node's BMC on an address of its own: by one address pair, then by a NIC each. From the undercloud's guest, with its
 * ipmitool and with port security on. One lab; each test finds what the one before it left.
 */
const access = new GuestAccess();
const small = { image: "debian-13", flavor: "m1.small" };
const bmc = { ...small, readinessTimeout: 1800 };
const lab = new TestLab("modes", {
  lab: "ovb-modes",
  undercloud: small,
  bmc: { ...bmc, mode: "address" },
  nodes: [{ count: 2 }],
});
const client = new BmcClient(lab, access);
let before: Awaited<ReturnType<typeof inventory>>;

beforeAll(async () => {
  before = await inventory();
  await access.create();
  lab.configure({ authorizedKeys: [access.publicKey] });
  await client.up();
  await client.prepare();
});

afterAll(async () => {
  await lab.destroy();
  lab.remove();
  access.remove();
});

test("mode address: every node is powered at its own address", async () => {
  expect(lab.plan.nodes.map(({ ipmiAddress, ipmiPort }) => `${ipmiAddress}:${ipmiPort}`)).toEqual([
    "192.0.2.224:623",
    "192.0.2.225:623",
  ]);
  for (const { key } of lab.plan.nodes) await client.powersOnAndOff(key);
});

test("mode address survives a reboot of the BMC's VM", async () => {
  await client.rebootBmc();
});

test("mode address: one more node changes nothing on the BMC's VM", async () => {
  const id = await client.id("bmc");
  lab.configure({ nodes: [{ count: 3 }] });
  await client.up();
  expect(await client.id("bmc")).toBe(id);
  expect(await client.good("node-2", "power status")).toBe("Chassis Power is off");
});

test("mode nic: the BMC's VM is another one, with a NIC for each node", async () => {
  const id = await client.id("bmc");
  lab.configure({ bmc: { ...bmc, mode: "nic" }, nodes: [{ count: 2 }] });
  await client.up();
  const now = await client.id("bmc");
  expect(now).not.toBe(id);
  const { addresses } = await getServer(session, now);
  expect(addresses["ovb-modes-ctlplane"]!.map(({ addr }) => addr).sort()).toEqual([
    "192.0.2.224",
    "192.0.2.225",
    "192.0.2.241",
  ]);
  for (const { key } of lab.plan.nodes) await client.powersOnAndOff(key);
});

test("mode nic survives a reboot of the BMC's VM: each answer leaves by its own NIC", async () => {
  await client.rebootBmc();
  const { text } = await client.onBmc("ip rule; ip route get 192.0.2.240 from 192.0.2.225");
  const [, , , second] = lab.plan.bmc!.ports;
  const device = /dev (\S+)/.exec(text)![1]!;
  const mac = await client.onBmc(`cat /sys/class/net/${device}/address`);
  expect(mac.text.trim()).toBe(second!.mac);
});

test("destroy leaves nothing", async () => {
  succeeded(await lab.destroy());
  expect(await inventory()).toEqual(before);
});
