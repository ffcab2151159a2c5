import { afterAll, beforeAll, expect, test } from "vitest";
import { listNetworking, type Port } from "../../openstack/neutron";
import { listServers, serverAction } from "../../openstack/nova";
import { GuestAccess } from "./guest";
import { nodeDhcpMode } from "./nodeDhcpMode";
import { inventory, session } from "./tenant";
import { succeeded, TestLab } from "./testLab";
import { until } from "./until";

// An undercloud of the user's own that insists on its own DHCP, knows no node, and gives addresses as it likes. Nothing of it is
// ours: dnsmasq with a range, as in Metal3's ironic image or MAAS, and a web server.
const userData = `#cloud-config
write_files:
- path: /etc/own-dnsmasq.conf
  content: |
    port=0
    interface=eth1
    dhcp-range=192.0.2.20,192.0.2.29,255.255.255.0,1h
    dhcp-boot=http://192.0.2.240:8088/boot.ipxe
- path: /srv/own/boot.ipxe
  content: |
    #!ipxe
    sleep 3600
runcmd:
- systemd-run --unit own-dhcp dnsmasq --keep-in-foreground --conf-file=/etc/own-dnsmasq.conf
- systemd-run --unit own-http python3 -u -m http.server 8088 --directory /srv/own
`;
const name = "ovb-own";
const access = new GuestAccess();
const lab = new TestLab("own", {
  lab: name,
  undercloud: {
    ...{ kind: "custom", image: "ovb-undercloud", flavor: "undercloud", userData },
    dhcpRange: { start: "192.0.2.20", end: "192.0.2.29" },
  },
  bmc: { enabled: false },
  nodes: [{ count: 1 }],
});
const node = lab.plan.nodes[0]!;
let before: Awaited<ReturnType<typeof inventory>>;
let isOvn: boolean;
let outside = "";

beforeAll(async () => {
  before = await inventory();
  await access.create();
  const { ctlplane, ...mode } = await nodeDhcpMode(lab);
  isOvn = mode.isOvn;
  lab.configure({ authorizedKeys: [access.publicKey], ctlplane });
  succeeded(await lab.up());
  outside = (await lab.outputs()).undercloud.floatingIp!;
  await access.wait(outside);
});

afterAll(async () => {
  await lab.destroy();
  lab.remove();
  access.remove();
});

test("boots the node at an address that was not planned, with port security on", async () => {
  const ports = (await listNetworking(session, "ports", { tags: `ovb:lab=${name}` })) as (Port & {
    port_security_enabled: boolean;
    mac_address: string;
  })[];
  const security = (mac: string | undefined) =>
    ports.find(({ mac_address }) => mac_address === mac)!.port_security_enabled;
  const undercloud = lab.plan.undercloud!.ports.find(({ network }) => network === "ctlplane")!;
  expect([security(node.mac), security(undercloud.mac)]).toEqual([true, isOvn]);

  const servers = await listServers(session, { tags: [`ovb:lab=${name}`] });
  await serverAction(session, servers.find((one) => one.name === node.name)!.id, { do: "start" });
  const log = async (unit: string) =>
    (await access.run(outside, `sudo journalctl -u ${unit} -o cat --no-pager`)).text;
  const fetched = /^192\.0\.2\.2\d .*"GET \/boot\.ipxe HTTP\/1\.1" 200/m;
  await until("the node fetches boot.ipxe", async () => fetched.test(await log("own-http")));
  const leases = [...(await log("own-dhcp")).matchAll(/DHCPACK\(eth1\) (\S+) (\S+)/g)];
  expect(new Set(leases.map(([, , mac]) => mac))).toEqual(new Set([node.mac]));
  expect(new Set(leases.map(([, address]) => address))).not.toContain(node.address);
});

test("destroy leaves nothing", async () => {
  succeeded(await lab.destroy());
  expect(await inventory()).toEqual(before);
});
