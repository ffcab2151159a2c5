import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseHosts, parseLeases, readDnsmasqFiles } from "../../../../agent/sync/dnsmasqFiles";
import { readUndercloudNeutron } from "../../../../agent/sync/undercloudNeutron";
import { Session } from "../../../../openstack/session";
import { FakeCloud } from "../../../support/fakeOpenstack";
import { mac } from "../../../support/sync";

describe("the undercloud's Neutron", () => {
  let cloud: FakeCloud;
  beforeEach(async () => {
    cloud = await new FakeCloud().start();
  });
  afterEach(() => cloud.stop());

  const neutronPort = (name: string, own: string, address: string, device_owner = "", device_id = "") => ({
    ...{ id: name, name, device_owner, device_id, mac_address: own.toUpperCase() },
    fixed_ips: [{ subnet_id: "s", ip_address: address }],
  });
  const read = (vipName?: string) =>
    readUndercloudNeutron(
      { session: new Session(cloud.auth()), network: "ctlplane", vipName },
      new Set([mac(0), mac(1)]),
    );

  it("says a node's address by its MAC, and what belongs to nothing is a VIP", async () => {
    cloud.on("GET /network/v2.0/networks", { json: { networks: [{ id: "net" }] } });
    cloud.on("GET /network/v2.0/ports", {
      json: {
        ports: [
          neutronPort("node-0", mac(0), "192.0.2.31", "baremetal:none", "ironic-id"),
          neutronPort("node-1", mac(1), "192.0.2.32"),
          neutronPort("control_virtual_ip", "fa:16:3e:00:00:01", "192.0.2.50"),
          neutronPort("redis", "fa:16:3e:00:00:02", "fd00::1"),
          neutronPort("dhcp", "fa:16:3e:00:00:03", "192.0.2.5", "network:dhcp", "dhcp-id"),
          neutronPort("gateway", "fa:16:3e:00:00:04", "192.0.2.1", "network:router_interface", "router"),
          neutronPort("vm", "fa:16:3e:00:00:05", "192.0.2.77", "compute:nova", "vm"),
        ],
      },
    });
    const { addresses, vips } = await read();
    expect([...addresses]).toEqual([
      [mac(0), "192.0.2.31"],
      [mac(1), "192.0.2.32"],
    ]);
    expect(vips).toEqual(["192.0.2.50"]);
    expect((await read("redis")).vips).toEqual([]);
    expect(cloud.to("GET /network/v2.0/ports")[0]!.url).toContain("network_id=net");
  });

  it("without the network nothing is known, rather than nothing wanted", async () => {
    cloud.on("GET /network/v2.0/networks", { json: { networks: [] } });
    await expect(read()).rejects.toThrow(/has no network called "ctlplane": name .* --undercloud-network/);
  });
});

describe("dnsmasq's files", () => {
  const folder = mkdtempSync(join(tmpdir(), "ovb-dnsmasq-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("hosts: MACs with or without a hardware type, tags, names and lease times", () => {
    const text = [
      "# a comment",
      `${mac(0)},192.0.2.31`,
      `1-${mac(1).toUpperCase()},set:ironic,192.0.2.32,node-1,infinite`,
      `${mac(2)},ignore`,
      `${mac(3)},set:no-address`,
      `${mac(4)},${mac(5)},192.0.2.33,12h`,
      "192.0.2.44,name-only",
    ].join("\n");
    expect(parseHosts(text)).toEqual([
      [mac(0), "192.0.2.31"],
      [mac(1), "192.0.2.32"],
      [mac(4), "192.0.2.33"],
      [mac(5), "192.0.2.33"],
    ]);
  });

  it("leases: those that are not over, and those that never are", () => {
    const text = `2000 ${mac(0)} 192.0.2.31 node-0 01:${mac(0)}\n1000 ${mac(1)} 192.0.2.32 * *\n0 ${mac(2)} 192.0.2.33 * *\nduid 00:01\n`;
    expect(parseLeases(text, 1_500_000)).toEqual([
      [mac(0), "192.0.2.31"],
      [mac(2), "192.0.2.33"],
    ]);
  });

  it("a hosts folder without editors' leftovers; a host's entry wins over its lease", async () => {
    const hosts = join(folder, "hosts");
    mkdirSync(hosts);
    writeFileSync(join(hosts, "node-0"), `${mac(0)},192.0.2.31\n`);
    writeFileSync(join(hosts, "node-1~"), `${mac(1)},192.0.2.99\n`);
    writeFileSync(join(hosts, ".node-1.swp"), `${mac(1)},192.0.2.98\n`);
    const leases = join(folder, "leases");
    writeFileSync(leases, `0 ${mac(0)} 192.0.2.77 * *\n0 ${mac(1)} 192.0.2.78 * *\n`);
    const { addresses, vips } = await readDnsmasqFiles({ hosts, leases });
    expect([...addresses].sort()).toEqual([
      [mac(0), "192.0.2.31"],
      [mac(1), "192.0.2.78"],
    ]);
    expect(vips).toEqual([]);
  });

  it("a file that cannot be read is an error, not an empty undercloud", async () => {
    await expect(readDnsmasqFiles({ hosts: join(folder, "gone") })).rejects.toThrow(
      /gone cannot be read \(ENOENT\)/,
    );
    await expect(readDnsmasqFiles({ leases: join(folder, "no") })).rejects.toThrow(
      /no cannot be read \(ENOENT\)/,
    );
  });
});
