import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fetches } from "../../cli/lab/firstBoot";
import { listFlavors } from "../../openstack/flavors";
import { listImages } from "../../openstack/glance";
import { listNetworking, type Port } from "../../openstack/neutron";
import { consoleOutput, deleteServer, listServers, serverAction } from "../../openstack/nova";
import { waitForServer } from "../../openstack/wait";
import type { NodePlan } from "../../plan/lab/labPlan";
import { pick } from "../../tenant/fit/pick";
import { backendOfPorts } from "../../tenant/networkBackend";
import { GuestAccess } from "./guest";
import { inventory, session } from "./tenant";
import { succeeded, TestLab } from "./testLab";
import { until } from "./until";

// One lab, in the order of a lab's life: each test finds what the one before it left.

const vip = "192.0.2.250";
const small = { image: "debian-13", flavor: "m1.small" };
const access = new GuestAccess();
const lab = new TestLab("life", {
  lab: "ovb-life",
  undercloud: { ...small, vips: [vip] },
  bmc: { ...small, readinessTimeout: 0 },
});
let before: Awaited<ReturnType<typeof inventory>>;
let undercloudIp = "";

beforeAll(async () => {
  before = await inventory();
  await access.create();
  lab.configure({ authorizedKeys: [access.publicKey] });
  const { stdout, stderr } = succeeded(await lab.up([]));
  expect(stderr).toContain("has fetched boot.ipxe from ovb-life-undercloud");
  expect(stdout).toMatch(/node-0 fetched boot\.ipxe from the undercloud \d+ s after power on/);
  undercloudIp = (await lab.outputs()).undercloud.floatingIp!;
}, 1_800_000);

afterAll(async () => {
  await lab.destroy();
  lab.remove();
  access.remove();
});

async function ports(): Promise<Map<string, Port>> {
  const found = await listNetworking(session, "ports", { tags: "ovb:lab=ovb-life" });
  return new Map(found.map((port) => [port.name, port]));
}

async function serverIds(name = "ovb-life"): Promise<Record<string, string>> {
  const servers = await listServers(session, { tags: [`ovb:lab=${name}`] });
  return Object.fromEntries(servers.map((server) => [server.name, server.id]));
}

async function undercloudConsole(): Promise<string> {
  return consoleOutput(session, (await serverIds())["ovb-life-undercloud"]!);
}

/** Powers a node on until it has fetched its script once more, then off again. */
async function bootUntilFetched(node: NodePlan): Promise<void> {
  const id = (await serverIds())[node.name]!;
  const earlier = fetches(await undercloudConsole(), node);
  await serverAction(session, id, { do: "start" });
  const fetched = async () => fetches(await undercloudConsole(), node) > earlier;
  await until(`${node.name} fetches ${node.bootScript}`, fetched, { pauseMs: 2000 }).catch(
    async (error: Error) => {
      throw new Error(`${error.message}\n${await consoleOutput(session, id, 40)}`);
    },
  );
  await serverAction(session, id, { do: "stop" });
  await waitForServer(session, id, (server) => server?.status === "SHUTOFF", { timeoutMs: 600_000 });
}

/** A packet capture on one of the lab's networks, by the devcloud's own command; ends by itself. */
function capture(
  network: string,
  seconds: number,
  filter: string,
): { child: ChildProcess; text: Promise<string> } {
  const ovb = join(__dirname, "..", "..", "cli", "ovb.mjs");
  const args = [
    "devcloud",
    "capture",
    "--seconds",
    String(seconds),
    network,
    "--",
    "-v",
    ...filter.split(" "),
  ];
  const child = spawn(process.execPath, [ovb, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const text = new Promise<string>((resolve) => {
    let all = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (all += chunk));
    child.on("close", () => resolve(all));
  });
  return { child, text };
}

/** A server of the test's own on the ctlplane, which says on its console what it sees there. */
async function bootGuest(): Promise<{
  console: (until: RegExp) => Promise<string>;
  done: () => Promise<void>;
}> {
  const [network] = await listNetworking(session, "networks", { name: "ovb-life-ctlplane" });
  const [image] = await listImages(session, { name: "debian-13" });
  const flavor = pick(await listFlavors(session), "m1.small");
  const script = [
    "#!/bin/sh",
    "exec >/dev/console 2>&1",
    "ip route | sed 's/^/OVB-GUEST-ROUTE /'",
    "sed 's/^/OVB-GUEST-MTU /' /sys/class/net/e*/mtu",
    'echo "OVB-GUEST-GOT $(curl -sm 20 http://169.254.169.254:8088/boot.ipxe | head -1)"',
    "echo OVB-GUEST-END",
  ].join("\n");
  const body = {
    name: "ovb-test-guest",
    imageRef: image!.id,
    flavorRef: flavor!.id,
    networks: [{ uuid: network!.id }],
    config_drive: true,
    user_data: Buffer.from(script).toString("base64"),
  };
  const { server } = await session.request<{ server: { id: string } }>("compute", "POST", "/servers", {
    json: { server: body },
  });
  return {
    console: async (wanted) => {
      let text = "";
      const said = async () => {
        text = await consoleOutput(session, server.id).catch(() => "");
        return wanted.test(text) && text;
      };
      return until(() => `${wanted} on the guest's console:\n${text.slice(-3000)}`, said, { pauseMs: 3000 });
    },
    done: async () => {
      await deleteServer(session, server.id);
      await waitForServer(session, server.id, (s) => s === undefined, { timeoutMs: 600_000 });
    },
  };
}

describe("a lab that is up", () => {
  test("has the planned network, addresses, MACs, DHCP options and address pairs, by Neutron's word", async () => {
    const [network] = await listNetworking(session, "networks", { name: "ovb-life-ctlplane" });
    expect(network?.mtu).toBe(1400);
    const [subnet] = await listNetworking(session, "subnets", { name: "ovb-life-ctlplane" });
    expect(subnet).toMatchObject({
      cidr: "192.0.2.0/24",
      gateway_ip: null,
      allocation_pools: [{ start: "192.0.2.30", end: "192.0.2.199" }],
      host_routes: [{ destination: "169.254.169.254/32", nexthop: "192.0.2.240" }],
    });
    const actual = await ports();
    for (const node of lab.plan.nodes) {
      const port = actual.get(`${node.name}-ctlplane`)!;
      expect(port.fixed_ips.map((ip) => ip.ip_address)).toEqual([node.address]);
      expect(port.mac_address).toBe(node.mac);
      expect(Object.fromEntries(port.extra_dhcp_opts.map((o) => [o.opt_name, o.opt_value]))).toEqual({
        "bootfile-name": "http://192.0.2.240:8088/boot.ipxe",
        "tftp-server": "192.0.2.240",
        "server-ip-address": "192.0.2.240",
        router: "192.0.2.1",
        "classless-static-route": "169.254.169.254/32,192.0.2.240,0.0.0.0/0,192.0.2.1",
      });
      expect(port.allowed_address_pairs).toEqual([]);
      expect(port.port_security_enabled).toBe(true);
    }
    const undercloud = actual.get("ovb-life-undercloud-ctlplane")!;
    expect(undercloud.fixed_ips.map((ip) => ip.ip_address)).toEqual(["192.0.2.240"]);
    expect(undercloud.allowed_address_pairs.map((pair) => pair.ip_address).sort()).toEqual([
      "169.254.169.254/32",
      `${vip}/32`,
    ]);
  });

  test("has nodes that are off, and an undercloud and a BMC that run", async () => {
    const servers = await listServers(session, { tags: ["ovb:lab=ovb-life"] });
    expect(servers.map((server) => server.name).sort()).toEqual([
      "ovb-life-bmc",
      "ovb-life-node-0",
      "ovb-life-node-1",
      "ovb-life-undercloud",
    ]);
    const status = async (name: string) =>
      (await waitForServer(session, (await serverIds())[name]!, () => true, { timeoutMs: 1 }))!.status;
    expect(await status("ovb-life-node-0")).toBe("SHUTOFF");
    expect(await status("ovb-life-node-1")).toBe("SHUTOFF");
    expect(await status("ovb-life-bmc")).toBe("ACTIVE");
  });

  test("tells a booting node its address, MTU and the three options on the wire, and the node fetches boot.ipxe", async () => {
    const node = lab.plan.nodes[1]!;
    const { text, child } = capture("ovb-life-ctlplane", 300, "udp port 67 or udp port 68");
    await bootUntilFetched(node);
    child.kill("SIGTERM");
    const seen = await text;
    const ack = seen
      .split(/(?=\d\d:\d\d:\d\d\.\d+ IP)/)
      .find((packet) => /DHCP-Message.*ACK/.test(packet) && packet.includes(node.mac));
    expect(ack, seen).toBeDefined();
    expect(ack).toContain(`Your-IP ${node.address}`);
    expect(ack).toContain("Server-IP 192.0.2.240");
    expect(ack).toMatch(/MTU.*: 1400/);
    expect(ack).toContain("http://192.0.2.240:8088/boot.ipxe");
    expect(ack).toMatch(/TFTP.*192\.0\.2\.240/);
  });

  test("a guest on the ctlplane has the route to the undercloud's 169.254.169.254", async () => {
    const { console, done } = await bootGuest();
    try {
      const text = await console(/OVB-GUEST-END/);
      // docs/networking.md says what these routes are; both 169.254.169.254 ones come by DHCP option 121.
      process.stdout.write(`${text.match(/OVB-GUEST-.*/g)?.join("\n")}\n`);
      expect(text).toMatch(/169\.254\.169\.254 via 192\.0\.2\.240/);
      // On OVN the cloud's own route comes first, as doctor says; test/cloud/network.test.ts has it by backend.
      const backend = backendOfPorts(await listNetworking(session, "ports"));
      if (backend === "agents") expect(text).toContain("OVB-GUEST-GOT #!ipxe");
      expect(text).toMatch(/OVB-GUEST-MTU 1400/);
    } finally {
      await done();
    }
  });

  test("shows no change in a preview that asks the cloud first", async () => {
    succeeded(await lab.pulumi("preview", "--refresh", "--expect-no-changes", "--non-interactive"));
  });

  test("comes up a second time without a change or a boot", async () => {
    const ids = await serverIds();
    const { stdout, stderr } = succeeded(await lab.up([]));
    expect(stderr).not.toMatch(/created|updated|deleted|replaced|powering/);
    expect(stdout).toContain("fetched boot.ipxe from the undercloud before");
    expect(await serverIds()).toEqual(ids);
  });
});

describe("port security stays on, and lets through what is planned", () => {
  const bmc = "192.0.2.241";

  /** Whether a packet from `source` sent by one guest arrives at the other; control: the sender's own address does. */
  async function arrives(from: string, to: string, source: string, target: string): Promise<boolean> {
    // Listening before the first packet is sent, and after the last: emulated guests take their time to log one in.
    const filter = `icmp and src ${source} and dst ${target}`;
    const listen =
      `sudo sh -c 'rm -f seen; tcpdump -lni any -c 1 "${filter}" >seen 2>&1 </dev/null & echo $! >pid'; ` +
      "until grep -q listening seen; do sleep 0.2; done";
    const { status, text } = await access.run(to, listen, via(to));
    expect({ status, text }).toEqual({ status: 0, text: expect.any(String) });
    const hold = `ip -o address show to ${source} | grep -q . || { sudo ip address add ${source}/32 dev lo; held=1; }`;
    const release = `test -z "$held" || sudo ip address delete ${source}/32 dev lo`;
    await access.run(from, `${hold}; sudo ping -c 3 -W 1 -I ${source} ${target}; ${release}`, via(from));
    const stop = "sleep 1; sudo kill $(cat pid); sleep 1; cat seen";
    const seen = (await access.run(to, stop, via(to))).text;
    expect(seen).toMatch(/^[01] packets? captured/m);
    return /^1 packet captured/m.test(seen);
  }
  const via = (guest: string) => (guest === bmc ? undercloudIp : undefined);

  beforeAll(async () => {
    await access.wait(undercloudIp);
    await access.wait(bmc, undefined, undercloudIp);
  });

  test("a VIP of the plan passes, another address does not", async () => {
    expect(await arrives(undercloudIp, bmc, "192.0.2.240", bmc)).toBe(true);
    expect(await arrives(undercloudIp, bmc, vip, bmc)).toBe(true);
    expect(await arrives(undercloudIp, bmc, "192.0.2.251", bmc)).toBe(false);
  });

  test("169.254.169.254 passes from the undercloud, not from another guest", async () => {
    expect(await arrives(undercloudIp, bmc, "169.254.169.254", bmc)).toBe(true);
    expect(await arrives(bmc, undercloudIp, "169.254.169.254", "192.0.2.240")).toBe(false);
  });

  test("a VIP taken out of the plan is dropped after an update in place", async () => {
    const ids = [await serverIds(), (await ports()).get("ovb-life-undercloud-ctlplane")!.id];
    lab.configure({ undercloud: small });
    succeeded(await lab.up());
    expect([await serverIds(), (await ports()).get("ovb-life-undercloud-ctlplane")!.id]).toEqual(ids);
    expect(await arrives(undercloudIp, bmc, vip, bmc)).toBe(false);
    expect(await arrives(undercloudIp, bmc, "169.254.169.254", bmc)).toBe(true);
  });
});

describe("changes touch what they are about and nothing else", () => {
  test("inspector.ipxe is an update of the ports in place, and the next boot fetches it", async () => {
    const ids = [...(await ports())].map(([name, port]) => [name, port.id]);
    const servers = await serverIds();
    lab.configure({ bootScript: "inspector.ipxe" });
    succeeded(await lab.up());
    expect([...(await ports())].map(([name, port]) => [name, port.id])).toEqual(ids);
    expect(await serverIds()).toEqual(servers);
    expect(lab.plan.nodes[0]!.bootScript).toBe("inspector.ipxe");
    await bootUntilFetched(lab.plan.nodes[0]!);
  });

  test("a node more leaves the others' ids alone, and so does removing the first", async () => {
    const two = await serverIds();
    lab.configure({ nodes: [{ count: 3 }] });
    succeeded(await lab.up());
    const three = await serverIds();
    expect(three).toMatchObject(two);
    expect(Object.keys(three)).toContain("ovb-life-node-2");
    lab.configure({ nodes: [{ count: 3, without: [0] }] });
    succeeded(await lab.up());
    const rest = { ...three };
    delete rest["ovb-life-node-0"];
    expect(await serverIds()).toEqual(rest);
  });

  test("another lab of the tenant comes and goes without a trace in this one", async () => {
    const mine = await inventory();
    const other = new TestLab("other", { lab: "ovb-other", bmc: { enabled: false }, nodes: [{ count: 1 }] });
    try {
      succeeded(await other.up());
      expect(Object.keys(await serverIds("ovb-other")).sort()).toEqual([
        "ovb-other-node-0",
        "ovb-other-undercloud",
      ]);
      succeeded(await lab.pulumi("preview", "--refresh", "--expect-no-changes", "--non-interactive"));
    } finally {
      succeeded(await other.destroy());
      other.remove();
    }
    expect(await inventory()).toEqual(mine);
  });
});

test("destroy leaves nothing", async () => {
  succeeded(await lab.destroy());
  expect(await inventory()).toEqual(before);
});
