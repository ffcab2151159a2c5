import { afterAll, beforeAll, expect, test } from "vitest";
import { listServersDetail } from "../../openstack/nova";
import { GuestAccess } from "./guest";
import { session } from "./tenant";
import { succeeded, TestLab } from "./testLab";

// A provisioning network without the cloud's DHCP: what the undercloud knows of its NICs it has from its config drive.

const access = new GuestAccess();
const lab = new TestLab("drive", {
  lab: "sy-drive",
  ctlplane: { dhcp: false, routed: false, portSecurity: "disabled" },
  undercloud: { image: "debian-13", flavor: "m1.small" },
  bmc: { enabled: false },
  nodes: [{ count: 1 }],
});
let undercloudIp = "";

beforeAll(async () => {
  await access.create();
  lab.configure({ authorizedKeys: [access.publicKey] });
  // It ends when node-0, powered on, has fetched boot.ipxe: nothing but the undercloud can have told it to.
  const { stdout } = succeeded(await lab.up([]));
  expect(stdout).toMatch(/node-0 fetched boot\.ipxe from the undercloud \d+ s after power on/);
  undercloudIp = (await lab.outputs()).undercloud!.floatingIp!;
  await access.wait(undercloudIp);
});

afterAll(async () => {
  await lab.destroy();
  lab.remove();
  access.remove();
});

const guest = async (command: string) => {
  const { status, text } = await access.run(undercloudIp, command);
  expect({ command, status, text }).toMatchObject({ status: 0 });
  return text;
};

test("the undercloud has its planned address and MTU from the config drive, and one default route", async () => {
  const nic = (await guest("ip -o -4 address show to 192.0.2.240")).split(/\s+/)[1]!;
  const drive = "mkdir -p /tmp/drive && sudo mount -o ro /dev/disk/by-label/config-2 /tmp/drive";
  const text = await guest(`${drive} && cat /tmp/drive/openstack/latest/network_data.json`);
  const data = JSON.parse(text) as {
    links: { id: string; ethernet_mac_address: string; mtu: number }[];
    networks: { link: string; type: string; ip_address?: string; routes?: object[] }[];
  };
  const port = lab.plan.undercloud!.ports.find(({ network }) => network === "ctlplane")!;
  const link = data.links.find((one) => one.ethernet_mac_address === port.mac)!;
  const network = data.networks.find((one) => one.link === link.id)!;
  expect(network).toMatchObject({
    type: "ipv4",
    ip_address: port.address,
    netmask: "255.255.255.0",
    routes: [],
  });
  console.log(JSON.stringify(network));
  const shown = await guest(`ip address show ${nic}`);
  console.log(shown);
  expect(shown).toContain(`mtu ${link.mtu}`);
  expect(link.mtu).toBe(lab.plan.ctlplane.mtu);
  expect(shown).toMatch(/inet 192\.0\.2\.240\/24 .* scope global (?!dynamic)/);
  expect((await guest("ip route show default")).trim().split("\n")).toHaveLength(1);
});

test("its DHCP gave the node the planned address; the node has no config drive", async () => {
  const node = lab.plan.nodes[0]!;
  const log = await guest("sudo journalctl -u ovb-dhcp -o cat");
  expect(log).toContain(`ovb-dhcp: ack ${node.mac} ${node.address}`);
  const servers = await listServersDetail(session, { tags: ["ovb:lab=sy-drive"] });
  const drives = Object.fromEntries(servers.map(({ name, config_drive }) => [name, config_drive]));
  expect(drives).toEqual({ "sy-drive-undercloud": "True", "sy-drive-node-0": "" });
});
