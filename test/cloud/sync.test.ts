import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleAgent } from "../../agent/service/bundle";
import { syncAccessRules } from "../../agent/sync/accessRules";
import { authFromEnvironment } from "../../openstack/auth";
import { createApplicationCredential, deleteApplicationCredential } from "../../openstack/keystone";
import { createNetworking, deleteNetworking, listNetworking } from "../../openstack/neutron";
import { listServers } from "../../openstack/nova";
import { Session } from "../../openstack/session";
import { inventory, session } from "./tenant";
import { type Ran, run, succeeded, TestLab } from "./testLab";
import { UndercloudTenant } from "./undercloudTenant";
import { until } from "./until";

// One lab and one undercloud, which is another tenant's Neutron; each test finds what the one before it left.

const lab = new TestLab("sync", {
  lab: "sy-sync",
  // Nothing boots here, and nothing is routed: what is tested is Neutron's.
  ctlplane: { addressOwner: "sync", routed: false },
  access: { network: "public" },
  undercloud: { kind: "none", address: "192.0.2.240" },
  bmc: { enabled: false },
  nodes: [{ count: 3, vips: ["192.0.2.250"] }],
});
const [node0, node1, node2] = lab.plan.nodes;
let undercloud: UndercloudTenant;

beforeAll(async () => {
  // Kept as soon as it is there, so that it goes even if the lab does not come up.
  const made = UndercloudTenant.create("sy-undercloud", "192.0.2.0/24").then((tenant) => {
    undercloud = tenant;
  });
  await Promise.all([made, lab.up().then(succeeded)]);
});

afterAll(async () => {
  await lab.destroy();
  lab.remove();
  await undercloud?.remove();
});

const source = () => ["--undercloud-env", undercloud.envFile];
const sync = (...args: string[]): Promise<Ran> => run(process.execPath, lab.command("sync", args));

/** Addresses and address pairs of the nodes' ports in the host cloud, by the node's key. */
async function ports(): Promise<Record<string, { addresses: string[]; pairs: string[] }>> {
  const found = await listNetworking(session, "ports", { tags: "ovb:lab=sy-sync,ovb:role=node" });
  return Object.fromEntries(
    found.map(({ name, fixed_ips, allowed_address_pairs }) => [
      name.replace(/^sy-sync-(.*)-ctlplane$/, "$1"),
      {
        addresses: fixed_ips.map((ip) => ip.ip_address),
        pairs: allowed_address_pairs.map((pair) => pair.ip_address).sort(),
      },
    ]),
  );
}

const expectNoChange = async () =>
  succeeded(await lab.pulumi("preview", "--refresh", "--expect-no-changes", "--non-interactive"));

test("an undercloud that has given out nothing changes nothing", async () => {
  expect(succeeded(await sync(...source())).stdout).toBe("3 node ports, 0 VIPs: nothing to change\n");
  expect(await ports()).toMatchObject({
    "node-0": { addresses: [node0!.address], pairs: ["192.0.2.250/32"] },
  });
});

test("moves nodes to the undercloud's addresses and gives them its VIP; a second run changes nothing", async () => {
  await undercloud.give("node-0", "192.0.2.31", node0!.mac);
  await undercloud.give("node-1", "192.0.2.32", node1!.mac);
  await undercloud.give("control_virtual_ip", "192.0.2.50");
  const dry = succeeded(await sync("--dry-run", ...source())).stdout;
  expect(dry).toMatch(/^sy-sync-node-0-ctlplane {2}move +192\.0\.2\.10 -> 192\.0\.2\.31$/m);
  expect(dry).toContain("3 node ports, 1 VIPs: 5 changes to make\n");
  expect((await ports())["node-0"]!.addresses).toEqual(["192.0.2.10"]);
  const { stdout } = succeeded(await sync(...source()));
  expect(stdout).toContain("5 changes made");
  console.log(stdout);
  const pairs = ["192.0.2.250/32", "192.0.2.50/32"];
  expect(await ports()).toEqual({
    "node-0": { addresses: ["192.0.2.31"], pairs },
    "node-1": { addresses: ["192.0.2.32"], pairs },
    "node-2": { addresses: [node2!.address], pairs },
  });
  const again = JSON.parse(succeeded(await sync("--format", "json", ...source())).stdout);
  expect(again).toMatchObject({ ports: 3, vips: 1, steps: [], done: 0, problems: [] });
});

test("Pulumi sees no change, and an up that changes another field of the ports keeps what sync did", async () => {
  await expectNoChange();
  const was = await ports();
  lab.configure({ bootScript: "inspector.ipxe" });
  succeeded(await lab.up());
  expect(await ports()).toEqual(was);
  const [port] = await listNetworking(session, "ports", { name: "sy-sync-node-0-ctlplane" });
  expect(port!.extra_dhcp_opts).toContainEqual(
    expect.objectContaining({ opt_value: "http://192.0.2.240:8088/inspector.ipxe" }),
  );
});

test("swaps two nodes, killed in the middle as well, and a VIP that is gone is taken away", async () => {
  await undercloud.take("control_virtual_ip");
  await undercloud.give("node-0", "192.0.2.33", node0!.mac);
  await undercloud.give("node-1", "192.0.2.31", node1!.mac);
  await undercloud.give("node-0", "192.0.2.32", node0!.mac);
  // Killed as soon as the first of the two has given its address up.
  const child = spawn(process.execPath, lab.command("sync", source()), {
    stdio: ["ignore", "ignore", "pipe"],
  });
  await said(child, /"does":"release"/);
  const ended = new Promise((resolve) => child.on("close", resolve));
  child.kill("SIGKILL");
  await ended;
  succeeded(await sync(...source()));
  expect(await ports()).toEqual({
    "node-0": { addresses: ["192.0.2.32"], pairs: ["192.0.2.250/32"] },
    "node-1": { addresses: ["192.0.2.31"], pairs: ["192.0.2.250/32"] },
    "node-2": { addresses: [node2!.address], pairs: ["192.0.2.250/32"] },
  });
});

test("more VIPs than a port has room for become CIDRs; an address of others is refused by name", async () => {
  const vips = Array.from({ length: 12 }, (_, i) => ["--vip", `192.0.2.${64 + i}`]).flat();
  succeeded(await sync(...source(), ...vips, "--vip-holder", "node-2"));
  expect((await ports())["node-2"]!.pairs).toEqual(["192.0.2.250/32", "192.0.2.64/29", "192.0.2.72/30"]);
  expect((await ports())["node-0"]!.pairs).toEqual(["192.0.2.250/32"]);
  const [network] = await listNetworking(session, "networks", { name: "sy-sync-ctlplane" });
  const other = await createNetworking(session, "ports", {
    name: "sy-other",
    network_id: network!.id,
    fixed_ips: [{ subnet_id: network!.subnets[0], ip_address: "192.0.2.45" }],
  });
  try {
    await undercloud.give("node-2", "192.0.2.45", node2!.mac);
    const refused = await sync(...source());
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain(
      "sy-sync-node-2-ctlplane cannot get 192.0.2.45, which is held by sy-other in the host cloud",
    );
  } finally {
    await deleteNetworking(session, "ports", other.id);
  }
  expect((await ports())["node-2"]!.pairs).toEqual(["192.0.2.250/32"]);
  await undercloud.give("node-2", "192.0.2.40", node2!.mac);
});

test("as a service, with a credential that may do nothing else, follows the undercloud until TERM", async () => {
  const credential = await createApplicationCredential(session, {
    name: "sy-sync",
    accessRules: syncAccessRules,
  });
  const folder = mkdtempSync(join(tmpdir(), "ovb-sync-"));
  const [bundle, config, cloud] = ["ovb-sync.js", "sync.json", "cloud.env"].map((name) => join(folder, name));
  const environment = {
    OS_AUTH_URL: process.env.OS_AUTH_URL!,
    OS_APPLICATION_CREDENTIAL_ID: credential.id,
    OS_APPLICATION_CREDENTIAL_SECRET: credential.secret.reveal(),
  };
  let child: ChildProcess | undefined;
  try {
    const restricted = new Session(authFromEnvironment(environment));
    await expect(listServers(restricted)).rejects.toMatchObject({ status: 401 });
    await expect(deleteNetworking(restricted, "ports", "any")).rejects.toMatchObject({ status: 401 });
    const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(cloud!, lines.join(""), { mode: 0o600 });
    writeFileSync(bundle!, (await bundleAgent("sync/main.ts")).code);
    const source = { kind: "undercloud-neutron", credentialsFile: undercloud.envFile };
    const raw = { lab: "sy-sync", credentialsFile: cloud, source, intervalSeconds: 1, metricsPort: 19432 };
    writeFileSync(config!, JSON.stringify(raw));
    child = spawn(process.execPath, [bundle!, config!], {
      env: { PATH: process.env.PATH },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = new Promise<number | null>((resolve) => child!.on("close", resolve));
    let text = await said(child, /192\.0\.2\.40/, child.stdout!);
    await undercloud.give("node-2", "192.0.2.41", node2!.mac);
    text += await said(child, /192\.0\.2\.41/, child.stdout!);
    expect((await ports())["node-2"]!.addresses).toEqual(["192.0.2.41"]);
    const get = async (path: string) => (await fetch(`http://127.0.0.1:19432/${path}`)).text();
    // A pass counts when it is over, a moment after its change was said.
    await until("two changes counted", async () => /^ovb_sync_changes_total 2$/m.test(await get("metrics")));
    expect(JSON.parse(await get("healthz"))).toMatchObject({ ok: true });
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
    for (const secret of [undercloud.password, credential.secret.reveal()])
      expect(text).not.toContain(secret);
  } finally {
    child?.kill("SIGKILL");
    await deleteApplicationCredential(session, credential.id);
    rmSync(folder, { recursive: true });
  }
});

test("given back to the plan, the ports are the plan's again; destroy leaves nothing", async () => {
  await expectNoChange();
  lab.configure({ ctlplane: { addressOwner: "plan", routed: false } });
  succeeded(await lab.up());
  expect((await sync(...source())).stderr).toContain("set ovb:ctlplane.addressOwner to sync");
  succeeded(await lab.destroy());
  const left = Object.values(await inventory()).flat();
  expect(left.filter((one) => one.startsWith("sy-sync"))).toEqual([]);
});

/** What a process has said, once it says what is waited for. */
function said(child: ChildProcess, what: RegExp, stream = child.stderr!, seconds = 600): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(
      () => reject(new Error(`not said within ${seconds} s: ${what}\n${text}`)),
      seconds * 1000,
    );
    const done = (end: () => void) => {
      clearTimeout(timer);
      stream.off("data", onData);
      end();
    };
    const onData = (chunk: Buffer) => {
      text += chunk;
      if (what.test(text)) done(() => resolve(text));
    };
    stream.on("data", onData);
    child.once("close", () => done(() => reject(new Error(`ended before it said ${what}:\n${text}`))));
  });
}
