import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { fetches } from "../../cli/lab/firstBoot";
import { listImages } from "../../openstack/glance";
import { listNetworking } from "../../openstack/neutron";
import { consoleOutput, listServers, serverAction } from "../../openstack/nova";
import { waitForServer } from "../../openstack/wait";
import { optionFault } from "../../plan/lab/dhcpOptions";
import { type NetworkBackend, networkBackends } from "../../plan/lab/networkBackend";
import { DhcpGuest } from "./dhcpGuest";
import { GuestAccess } from "./guest";
import { inventory, session } from "./tenant";
import { succeeded, TestLab } from "./testLab";
import { until } from "./until";

// What is on the wire of a lab, on either backend: the claims of docs/networking.md. Where the backends differ, the test says
// what each does; which one this cloud has, doctor finds out as a tenant.
vi.setConfig({ testTimeout: 20 * 60_000 });
const name = "ovb-net";
const vip = "192.0.2.250";
const bmc = "192.0.2.241";
const access = new GuestAccess();
const lab = new TestLab("net", {
  lab: name,
  undercloud: { image: "debian-13", flavor: "m1.small", vips: [vip, "192.0.2.204/30"] },
  bmc: { image: "debian-13", flavor: "m1.small", readinessTimeout: 0 },
  nodes: [{ count: 1 }],
});
let before: Awaited<ReturnType<typeof inventory>>;
let undercloud = "";
let backend: NetworkBackend;
let guest: DhcpGuest;

interface Check {
  readonly name: string;
  readonly status: string;
  readonly message: string;
}

async function doctor(): Promise<Check[]> {
  return (JSON.parse((await lab.ovb("doctor", ["--format", "json"])).stdout) as { checks: Check[] }).checks;
}

/** On the undercloud, or in a guest behind it. */
async function on(address: string, command: string): Promise<string> {
  const { status, text } = await access.run(
    address,
    command,
    address === undercloud ? undefined : undercloud,
  );
  expect({ address, command, status, text }).toMatchObject({ status: 0 });
  return text.trim();
}

const nodeOptions = () =>
  lab.plan.nodes[0]!.ports[0]!.dhcpOptions.map(({ name: opt_name, value: opt_value }) => ({
    ...{ opt_name, opt_value, ip_version: 4 as const },
  }));

beforeAll(async () => {
  before = await inventory();
  await access.create();
  lab.configure({ authorizedKeys: [access.publicKey] });
  succeeded(await lab.up());
  undercloud = (await lab.outputs()).undercloud.floatingIp!;
  // On the address of a planned VIP: a pair written without /32 would take the network from it on OVN.
  guest = await DhcpGuest.boot(name, vip, nodeOptions());
  await access.wait(undercloud);
  await access.wait(bmc, undefined, undercloud);
  await on(undercloud, "until curl -sfo /dev/null http://192.0.2.240:8088/boot.ipxe; do sleep 2; done");
}, 30 * 60_000);

afterAll(async () => {
  await guest?.remove().catch(() => {});
  await lab.destroy();
  lab.remove();
  access.remove();
}, 15 * 60_000);

test("doctor finds the backend out as a tenant, and what of the plan it treats otherwise", async () => {
  const checks = await doctor();
  const found = checks.find((check) => check.name === "Neutron's backend");
  expect(found?.status).toBe("ok");
  backend = found!.message.startsWith(networkBackends.ovn.label) ? "ovn" : "agents";
  const metadata = checks.find((check) => check.name === "169.254.169.254");
  expect(metadata?.status).toBe(backend === "ovn" ? "warn" : undefined);
  expect(checks.filter(({ status }) => status === "fail")).toEqual([]);
});

describe("DHCP", () => {
  test("tells a node its address, MTU, what to boot, and its default route in both of its forms", async () => {
    const told = await guest.told();
    console.log(backend, told);
    expect(told).toMatchObject({
      ip: vip,
      router: "192.0.2.1",
      siaddr: "192.0.2.240",
      tftp: "192.0.2.240",
    });
    expect(told!.boot_file ?? told!.bootfile).toBe("http://192.0.2.240:8088/boot.ipxe");
    expect(told!.mtu ?? told!.opt26).toMatch(/^(1400|0578)$/);
    const routes = told!.staticroutes!;
    expect(routes).toContain("0.0.0.0/0 192.0.2.1");
    expect(routes).toContain("169.254.169.254/32 192.0.2.240");
    const planned = "169.254.169.254/32 192.0.2.240 0.0.0.0/0 192.0.2.1";
    // dnsmasq: the port's list in the place of the subnet's. OVN: after the subnet's, where the metadata port is first.
    if (backend === "agents") expect(routes).toBe(planned);
    else {
      expect(routes.endsWith(planned)).toBe(true);
      expect(routes).toMatch(/^169\.254\.169\.254\/32 192\.0\.2\.(?!240)/);
    }
  });

  test("so a node has one default route, and 169.254.169.254 is answered as doctor has said", async () => {
    const routes = await guest.routes();
    const got = await guest.got();
    console.log(backend, routes, got);
    expect(routes.filter((route) => route.startsWith("default"))).toHaveLength(1);
    expect(routes.filter((route) => route.startsWith("default"))[0]).toContain("via 192.0.2.1 ");
    expect(got.startsWith("#!ipxe")).toBe(networkBackends[backend].metadataFrom === "undercloud");
  });

  test("undercloud and BMC have one default route, by the access network", async () => {
    for (const address of [undercloud, bmc]) {
      const routes = (await on(address, "ip -4 route show default")).split("\n");
      expect(routes).toHaveLength(1);
      expect(routes[0]).toContain("via 203.0.113.1 ");
      expect(await on(address, "ip -4 route get 192.0.2.10")).not.toContain("via");
    }
  });

  test.each([
    ["60", "PXEClient"],
    ["ntp-server", "192.0.2.123"],
    ["lease-time", "3600"],
    ["dns-server", "192.0.2.53,192.0.2.54"],
    ["dns-server", "{192.0.2.53, 192.0.2.54}"],
    ["249", "198.51.100.0/24,192.0.2.1"],
    ["249", "{198.51.100.0/24,192.0.2.1}"],
    ["mtu", "large"],
    ["tag:ipxe,67", "http://192.0.2.240/other"],
  ])("the option %s %s comes to what plan and doctor say", async (option, value) => {
    const fault = optionFault(backend, { name: option, value });
    await guest.set([{ opt_name: option, opt_value: value }]);
    try {
      const told = await guest.told();
      console.log(backend, option, value, JSON.stringify(fault), JSON.stringify(told));
      if (fault?.isFatal) expect(told).toBeUndefined();
      else expect(told).toMatchObject({ ip: vip, siaddr: "192.0.2.240" });
      const seen = JSON.stringify(told ?? {});
      if (option === "lease-time") expect(told?.lease === "3600").toBe(fault === undefined);
      if (option === "ntp-server") expect(told?.ntpsrv).toBe(value);
      if (option === "dns-server" && !fault) expect(told?.dns).toBe("192.0.2.53 192.0.2.54");
      if (option === "dns-server" && fault) expect(told?.dns).not.toBe("192.0.2.53 192.0.2.54");
      // dnsmasq sends the letters: "la", "rg".
      if (option === "mtu" && told) expect(told.mtu).toMatch(/^27745\b/);
      if (option.startsWith("tag:")) expect(seen).not.toContain("/other");
    } finally {
      await guest.set([{ opt_name: option, opt_value: null }]);
    }
  });

  test("an option that is taken away again gives the port its answer back", async () => {
    expect(await guest.told()).toMatchObject({ ip: vip });
  });
});

describe("a port whose address is an address pair of another's, written as a CIDR", () => {
  test("is no virtual one: it is up, is changed in place, and comes through a hard reboot", async () => {
    const port = async () => (await listNetworking(session, "ports", { id: guest.port.id }))[0]!;
    expect((await port()).status).toBe("ACTIVE");
    await guest.set([{ opt_name: "bootfile-name", opt_value: "http://192.0.2.240:8088/inspector.ipxe" }]);
    const told = await guest.told();
    expect(told?.boot_file ?? told?.bootfile).toBe("http://192.0.2.240:8088/inspector.ipxe");
    await serverAction(session, guest.id, { do: "rebootHard" });
    const isUp = (server?: { status: string; "OS-EXT-STS:task_state": string | null }) =>
      server?.status === "ACTIVE" && server["OS-EXT-STS:task_state"] === null;
    await waitForServer(session, guest.id, isUp, { timeoutMs: 300_000 });
    // Neutron's agents report it a moment after Nova is done.
    await until("the port to be up", async () => (await port()).status === "ACTIVE");
    await guest.remove();
  });
});

describe("port security stays on", () => {
  const passes = async (source: string) => {
    const hold = `sudo ip address add ${source}/32 dev lo`;
    const ping = `sudo ping -c 3 -W 2 -I ${source} ${bmc} >/dev/null && echo passes || echo dropped`;
    return on(undercloud, `${hold}; ${ping}; sudo ip address delete ${source}/32 dev lo`);
  };

  test("a planned VIP and one in a planned block pass, the next address does not", async () => {
    expect(await passes(vip)).toBe("passes");
    expect(await passes("192.0.2.206")).toBe("passes");
    expect(await passes("192.0.2.208")).toBe("dropped");
    expect(await passes("192.0.2.251")).toBe("dropped");
  });
});

describe("a network boot", () => {
  test("by rescue fetches the script that the ports were given in place, and the disk is kept", async () => {
    const node = () => lab.plan.nodes[0]!;
    const servers = async () =>
      Object.fromEntries(
        (await listServers(session, { tags: [`ovb:lab=${name}`] })).map((one) => [one.name, one.id]),
      );
    const ids = await servers();
    lab.configure({ bootScript: "inspector.ipxe" });
    succeeded(await lab.up());
    expect(await servers()).toEqual(ids);
    const id = ids[node().name]!;
    const [iso] = await listImages(session, { name: lab.plan.images.iso!.name });
    await serverAction(session, id, { do: "rescue", image: iso!.id });
    const status = (wanted: string) =>
      waitForServer(session, id, (one) => one?.status === wanted && one["OS-EXT-STS:task_state"] === null, {
        timeoutMs: 300_000,
      });
    await status("RESCUE");
    const console = async () => consoleOutput(session, ids[`${name}-undercloud`]!).catch(() => "");
    await until("the rescued node's request", async () => fetches(await console(), node()) > 0);
    await serverAction(session, id, { do: "unrescue" });
    await status("ACTIVE");
    await serverAction(session, id, { do: "stop" });
    await status("SHUTOFF");
  });
});

test("nothing changes in a preview that asks the cloud first, and destroy leaves nothing", async () => {
  succeeded(await lab.pulumi("preview", "--refresh", "--expect-no-changes", "--non-interactive"));
  succeeded(await lab.destroy());
  expect(await inventory()).toEqual(before);
});
