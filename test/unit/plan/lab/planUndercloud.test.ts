import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunError, runtime } from "@pulumi/pulumi";
import { afterEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import program from "../../../../index";
import { parseConfig } from "../../../../plan/config/parseConfig";
import { undercloudUserData } from "../../../../plan/guest/undercloudUserData";
import type { LabPlan } from "../../../../plan/lab/labPlan";
import { planLab } from "../../../../plan/lab/planLab";
import { planMermaid } from "../../../../plan/review/planMermaid";
import { planText } from "../../../../plan/review/planText";
import { planUndercloudConf } from "../../../../plan/review/planUndercloudConf";
import { record } from "../../../support/recorder";
import { recordLab } from "../../../support/recordLab";

const plan = (undercloud: Record<string, unknown>, more: Record<string, unknown> = {}): LabPlan =>
  planLab(parseConfig({ lab: "lab", undercloud, ...more }, "dev"));
const mistakes = (undercloud: Record<string, unknown>, more: Record<string, unknown> = {}): string => {
  try {
    plan(undercloud, more);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
};

interface CloudConfig {
  write_files: { path: string; content: string }[];
  merge_how?: string;
}
const file = ({ write_files }: CloudConfig, path: string) =>
  write_files.find((one) => one.path === path)!.content;

describe("an undercloud of the user's own", () => {
  const own = "#cloud-config\nwrite_files: [{path: /etc/mine, content: mine}]\nruncmd: [[true]]\n";
  const userData = undercloudUserData(
    plan({ kind: "custom", userData: own, vips: ["192.0.2.250", "192.0.2.251"] }),
  )!;

  it("gets its user data as it is, and ours beside it, merged so that no list is lost", () => {
    expect(userData).toMatch(/^#cloud-config-archive\n/);
    const [first, second] = parse(userData) as { content: string; type?: string }[];
    expect(first).toEqual({ content: own });
    expect(second!.type).toBe("text/cloud-config");
    expect((parse(second!.content) as CloudConfig).merge_how).toBe("dict(recurse_array)+list(append)");
  });

  it("gets files that say what the lab is", () => {
    const [, { content }] = parse(userData) as [unknown, { content: string }];
    const ours = parse(content) as CloudConfig;
    expect(JSON.parse(file(ours, "/etc/ovb/lab.json"))).toEqual({
      lab: "lab",
      ctlplane: { cidr: "192.0.2.0/24", gateway: "192.0.2.1", mtu: 1400, dns: ["8.8.8.8", "8.8.4.4"] },
      undercloud: "192.0.2.240",
      vips: ["192.0.2.250", "192.0.2.251"],
      bmc: "192.0.2.241",
      bootUrl: "http://192.0.2.240:8088",
      dhcpRange: { start: "192.0.2.10", end: "192.0.2.29" },
      inspectionRange: { start: "192.0.2.200", end: "192.0.2.219" },
    });
    expect(file(ours, "/etc/ovb/undercloud.conf")).toContain("\nlocal_mtu = 1400\n");
    const { network_config: devices } = parse(file(ours, "/etc/ovb/os-net-config.yaml"));
    expect(devices[0]).toMatchObject({ name: "br-ctlplane", mtu: 1400, members: [{ mtu: 1400 }] });
  });

  it("has no need of user data: the image may do it all", () => {
    expect(undercloudUserData(plan({ kind: "custom" }))).toMatch(/^#cloud-config\n/);
  });

  it("stays the same VM when nodes come and go", () => {
    const of = (count: number) => plan({ kind: "custom", userData: own }, { nodes: [{ count }] });
    expect(of(1).undercloud).toEqual(of(7).undercloud);
    expect(undercloudUserData(of(1))).toBe(undercloudUserData(of(7)));
  });

  it("has its user data kept as a secret", async () => {
    const lab = await recordLab({ undercloud: { kind: "custom", userData: own } });
    const { inputs } = lab.byName.get("Instance ovb-dev-undercloud")!;
    expect(runtime.isRpcSecret(inputs.userData)).toBe(true);
    expect(runtime.unwrapRpcSecret(inputs.userData)).toContain("/etc/mine");
  });
});

describe("undercloud.conf", () => {
  it("has the VIPs where ports have no address pairs, as the undercloud's own file has", () => {
    const lab = plan(
      { kind: "custom", vips: ["192.0.2.250", "192.0.2.251"] },
      { ctlplane: { portSecurity: "disabled" } },
    );
    expect(lab.undercloud!.ports.flatMap((port) => port.allowedAddressPairs)).toEqual([]);
    const text = planUndercloudConf(lab);
    expect(text).toContain("undercloud_admin_host = 192.0.2.251\n");
    expect(file(parse(undercloudUserData(lab)!) as CloudConfig, "/etc/ovb/undercloud.conf")).toBe(text);
  });

  it("agrees with the plan", () => {
    expect(
      planUndercloudConf(plan({ kind: "custom", vips: ["192.0.2.250", "192.0.2.251", "192.0.2.252/31"] })),
    ).toBe(`# What must agree with the lab; add what else your undercloud needs.
[DEFAULT]
# The VM's second NIC; the first one is on the access network.
local_interface = eth1
local_ip = 192.0.2.240/24
local_mtu = 1400
undercloud_public_host = 192.0.2.250
undercloud_admin_host = 192.0.2.251
undercloud_nameservers = 8.8.8.8,8.8.4.4
net_config_override = /etc/ovb/os-net-config.yaml
enabled_hardware_types = ipmi,redfish
subnets = ctlplane-subnet
local_subnet = ctlplane-subnet

[ctlplane-subnet]
cidr = 192.0.2.0/24
gateway = 192.0.2.1
dhcp_start = 192.0.2.10
dhcp_end = 192.0.2.29
inspection_iprange = 192.0.2.200,192.0.2.219
masquerade = false
`);
  });

  it("takes the ranges from the configuration and scales the defaults", () => {
    const ranges = { dhcpRange: { start: "10.0.0.2", end: "10.0.0.3" } };
    const small = plan(
      { kind: "none", address: "10.0.0.60", ...ranges },
      { ctlplane: { cidr: "10.0.0.0/26" } },
    );
    expect(planUndercloudConf(small)).toContain(
      "dhcp_end = 10.0.0.3\ninspection_iprange = 10.0.0.50,10.0.0.54\n",
    );
  });

  it("is not for an undercloud of ours", () => {
    expect(() => planUndercloudConf(plan({}))).toThrow(/undercloud\.kind custom or none/);
  });
});

describe("an undercloud elsewhere", () => {
  const address = "198.18.5.5";

  it("is no server of the lab, and nodes boot from it", () => {
    const lab = plan({ kind: "none", address });
    expect(lab.undercloud).toBeUndefined();
    expect(lab.nodes[0]!.bootFile).toBe("http://198.18.5.5:8088/boot.ipxe");
    expect(lab.ctlplane.subnet.routes).toEqual([]);
    expect(lab.totals).toMatchObject({ instances: 3, floatingIps: 0 });
    expect(planText(lab)).toMatch(/^Lab lab: a BMC and 2 baremetal nodes, booting from http:\/\/198/);
    expect(planMermaid(lab)).toContain("ctlplane -.- undercloud");
    expect(planMermaid(lab)).not.toContain("access --- undercloud");
  });

  it("is sent metadata requests when it is on the ctlplane", () => {
    const lab = plan({
      kind: "none",
      address: "192.0.2.222",
      inspectionRange: { start: "192.0.2.200", end: "192.0.2.210" },
    });
    expect(lab.ctlplane.subnet.routes).toEqual([
      { destination: "169.254.169.254/32", nextHop: "192.0.2.222" },
    ]);
  });

  it("leaves the rest of the lab as it is", async () => {
    const lab = await recordLab({ undercloud: { kind: "none", address } });
    const names = [...lab.byName.keys()];
    expect(names.filter((name) => /undercloud/i.test(name))).toEqual([]);
    expect(names).toContain("Instance ovb-dev-bmc");
    expect(lab.result.undercloud).toEqual({ address });
  });
});

it("a refused undercloud shows none of the secrets in it", () => {
  const told = mistakes({ kind: "custom", userData: `#!/bin/sh\necho hunter2 ${"x".repeat(60_000)}` });
  expect(told).toMatch(/ovb:undercloud \{.*\[secret\].*: has \d+ characters of user data/);
  expect(told).not.toContain("hunter2");
});

it("what belongs to another kind, or contradicts the lab, is refused with its key", () => {
  expect(mistakes({ userData: "x", dhcpRange: { start: "192.0.2.2", end: "192.0.2.3" } })).toMatch(
    /undercloud\.userData: is for ovb:undercloud\.kind custom only, not ironic\n.*undercloud\.dhcpRange/,
  );
  expect(mistakes({ kind: "custom", userData: "x", userDataFile: "y" })).toMatch(
    /userDataFile "y": is given beside/,
  );
  expect(mistakes({ kind: "none" })).toMatch(/ovb:undercloud\.address: is required when/);
  const range = (start: string, end: string) => mistakes({ kind: "custom", inspectionRange: { start, end } });
  expect(range("192.0.2.199", "192.0.2.203")).toMatch(/inspectionRange.*meets ovb:ctlplane\.pool/);
  expect(range("192.0.2.238", "192.0.2.245")).toMatch(/holds 192\.0\.2\.240, the address of the undercloud/);
  expect(range("192.0.2.203", "192.0.2.202")).toMatch(/ends before it starts/);
  expect(range("192.0.3.1", "192.0.3.2")).toMatch(/not within the hosts/);
  expect(range("192.0.2.20", "192.0.2.25")).toMatch(/meets ovb:undercloud\.dhcpRange/);
});

describe("undercloud.userDataFile", () => {
  const folder = mkdtempSync(join(tmpdir(), "ovb-user-data-"));
  const existing = JSON.stringify({
    disk: { source: "existing", name: "ipxe" },
    iso: { source: "existing", name: "iso" },
  });
  const answers = {
    "openstack:networking/getNetwork:getNetwork": () => ({ id: "id" }),
    "openstack:images/getImage:getImage": () => ({ id: "id" }),
    "openstack:compute/getFlavor:getFlavor": () => ({ id: "1", vcpus: 2, ram: 4096, disk: 20 }),
  };
  const configure = (userDataFile: string) =>
    runtime.setAllConfig({
      "ovb:images": existing,
      "ovb:undercloud": JSON.stringify({ kind: "custom", userDataFile }),
      "ovb:bmc": JSON.stringify({ enabled: false }),
    });
  afterEach(() => runtime.setAllConfig({}));

  it("is read by the program, not by the planner", async () => {
    writeFileSync(join(folder, "mine.sh"), "#!/bin/sh\necho mine\n");
    configure(join(folder, "mine.sh"));
    const { registrations } = await record(program, answers);
    const server = registrations.find(
      ({ urn }) => urn.endsWith("::ovb-dev-undercloud") && urn.includes("Instance"),
    )!;
    const [first] = parse(String(runtime.unwrapRpcSecret(server.inputs.userData))) as { content: string }[];
    expect(first!.content).toBe("#!/bin/sh\necho mine\n");
    rmSync(folder, { recursive: true });
  });

  it("that is not there is one clear error", async () => {
    configure("/nowhere/x.yaml");
    const failed = record(program, answers);
    await expect(failed).rejects.toThrow(RunError);
    await expect(failed).rejects.toThrow(
      /ovb:undercloud\.userDataFile: ENOENT.*relative to the project's folder/,
    );
  });
});
