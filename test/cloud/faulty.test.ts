import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listNetworking } from "../../openstack/neutron";
import { type FaultKind, FaultProxy, laggingReplica, seededFaults } from "./faultProxy";
import { inventory, session } from "./tenant";
import { project, type Ran, run, succeeded, TestLab } from "./testLab";

/*
 * Every command with faults between it and the cloud: it succeeds, or stops with a clear message, and the next run
 * without faults ends with everything made, or gone, and nothing that nobody knows of.
 */
const lab = new TestLab("faulty", {
  lab: "ovb-faulty",
  bmc: { enabled: false },
  undercloud: { kind: "none", address: "192.0.2.240" },
  nodes: [{ count: 1 }],
  images: { iso: { source: "none" } },
  ctlplane: { addressOwner: "sync" },
});
const every: readonly FaultKind[] = ["500", "409", "429", "reset", "lost", "slow", "expired"];

let proxy: FaultProxy;
let before: Awaited<ReturnType<typeof inventory>>;
const seen: string[] = [];

beforeAll(async () => {
  proxy = await FaultProxy.start(process.env.OS_AUTH_URL!);
  before = await inventory();
});

afterAll(async () => {
  await proxy.stop();
  await lab.destroy();
  lab.remove();
});

const through = () => ({ OS_AUTH_URL: proxy.authUrl });

/** It worked, or it failed with status 1, said why, and shows no trace of ours. @returns how many faults it met */
function clear({ status, stdout, stderr }: Ran, command: string): number {
  const text = stdout + stderr;
  const faults = proxy.provoked.splice(0);
  seen.push(...faults);
  console.error(`${command}: status ${status}, ${faults.length} faults: ${faults.join(", ")}`);
  // Without a fault there is nothing to fail of.
  expect(faults.length > 0 ? [0, 1] : [0], text).toContain(status);
  expect(text).not.toMatch(/A mistake in ovb itself|^\s+at .*:\d+:\d+\)?$|panic:/m);
  if (status === 1) expect(stderr.trim().split("\n").at(-1), text).toMatch(/\S+ .*\S/);
  return faults.length;
}

/** The lab is as planned: one network, group, router, server, image of each name. */
async function expectOneOfEach(): Promise<void> {
  succeeded(await lab.pulumi("preview", "--refresh", "--expect-no-changes", "--non-interactive"));
  for (const [kind, names] of Object.entries(await inventory())) {
    const mine = names.filter((name) => !before[kind]!.includes(name)).map((name) => name.split(" (")[0]);
    const named = mine.filter((name) => name !== "");
    expect([kind, [...new Set(named)]]).toEqual([kind, named]);
  }
}

/** Again with other seeds until a fault was met: a command of a few requests may come through. */
async function throughFaults(
  command: string,
  act: (env: NodeJS.ProcessEnv) => Promise<Ran>,
  { rate = 0.2, methods = /./ } = {},
): Promise<void> {
  for (let seed = 1; seed <= 10; seed++) {
    const faults = seededFaults(seed, rate, every);
    proxy.faults = (method, path) => (methods.test(method) ? faults(method, path) : undefined);
    const met = clear(await act(through()), command);
    proxy.faults = () => undefined;
    if (met > 0) return;
  }
  throw new Error(`${command} met no fault`);
}

test("what the cloud made while its answer was lost does not stay and is not in the way", async () => {
  const lost = new Set([":9696/v2.0/networks", ":9696/v2.0/security-groups", ":9292/v2/images"]);
  proxy.faults = (method, path) => (method === "POST" && lost.delete(path) ? "lost" : undefined);
  const first = await lab.up(["--no-boot"], through());
  clear(first, "up");
  expect(first.status).toBe(1);
  expect(first.stderr).toContain("the same command goes on from there");
  expect(seen.filter((fault) => fault.startsWith("lost")).length).toBeGreaterThan(1);

  // A second rule that is the same is refused as long as the first is there.
  lost.add(":9696/v2.0/security-group-rules");
  const second = await lab.up(["--no-boot"], through());
  clear(second, "up");
  expect(second.status).toBe(1);
  expect(second.stderr).toMatch(/an earlier run left \d+ resources that the state does not know/);
  expect([...lost]).toEqual([]);

  // So is a second route; and a port holds its MAC and its address.
  lost.add(":9696/v2.0/ports");
  let route = true;
  proxy.faults = (method, path) => {
    if (method === "POST" && lost.delete(path)) return "lost";
    if (method !== "PUT" || !route || !/^:9696\/v2\.0\/subnets\/[^/]+$/.test(path)) return undefined;
    route = false;
    return "lost";
  };
  const third = await lab.up(["--no-boot"], through());
  clear(third, "up");
  expect(third.status).toBe(1);
  expect(third.stderr).toMatch(/deleting the rule ovb-faulty-\S+ \(/);
  expect([route, ...lost]).toEqual([false]);

  proxy.faults = () => undefined;
  const fourth = succeeded(await lab.up(["--no-boot"], through()));
  expect(fourth.stderr).toMatch(/took the route to 169\.254\.169\.254\/32 off the subnet/);
  await expectOneOfEach();
});

test("a look right after the creation that finds nothing: up goes on from there, and nothing is made twice", async () => {
  succeeded(await lab.destroy());
  const neutron = ["networks", "subnets", "routers", "security-groups", "ports"];
  const collections = new Set([
    ...neutron.map((name) => `:9696/v2.0/${name}`),
    ":8774/v2.1/servers",
    ":9292/v2/images",
  ]);
  proxy.faults = laggingReplica(collections);
  let runs = 0;
  while (collections.size > 0) {
    // Each run meets at least one: they are as deep as the graph is.
    expect(++runs).toBeLessThan(8);
    clear(await lab.up(["--no-boot"], through()), "up");
  }
  proxy.faults = () => undefined;
  succeeded(await lab.up(["--no-boot"], through()));
  await expectOneOfEach();
});

test.each([
  ["status", ["status"]],
  ["doctor", ["doctor"]],
  ["power", ["power", "status", "--all"]],
  ["rebuild", ["rebuild", "--all", "--yes"]],
])("%s through faults, then without", async (name, [command, ...rest]) => {
  const act = (env: NodeJS.ProcessEnv) => lab.ovb(command!, rest, env);
  await throughFaults(name, act);
  succeeded(await act(through()));
});

test("sync through faults, then without: the node has its address", async () => {
  const [node] = lab.plan.nodes;
  const folder = mkdtempSync(join(tmpdir(), "ovb-faulty-"));
  try {
    const hosts = join(folder, "hosts");
    writeFileSync(hosts, `${node!.mac},192.0.2.25\n`);
    const source = ["--source", "dnsmasq", "--hosts", hosts];
    const sync = (env: NodeJS.ProcessEnv) => lab.ovb("sync", source, env);
    await throughFaults("sync", sync);
    succeeded(await sync(through()));
    const [port] = await listNetworking(session, "ports", { mac_address: node!.mac! });
    expect(port!.fixed_ips.map(({ ip_address }) => ip_address)).toEqual(["192.0.2.25"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("sweep through faults removes a lost lab and no other; without, whatever is left of it", async () => {
  const mark = "ovb:lab=ovb-faulty-lost";
  const lost = () => listNetworking(session, "security-groups", { description: mark });
  for (let i = 0; i < 8; i++)
    await session.request("network", "POST", "/security-groups", {
      json: { security_group: { name: `ovb-faulty-lost-${i}`, description: mark } },
    });
  const sweep = (...options: string[]) =>
    run(process.execPath, [`${project}/cli/ovb.mjs`, "sweep", ...options], { ...process.env, ...through() });
  const remove = () => sweep("--lab", "ovb-faulty-lost", "--yes");
  await throughFaults("sweep", remove, { rate: 0.5, methods: /DELETE/ });
  succeeded(await remove());
  expect(await lost()).toEqual([]);
  expect(succeeded(await sweep("--lab", "ovb-faulty", "--dry-run")).stdout).toContain("ovb-faulty-node-0");
});

test("an up that changes the lab and a destroy through faults of every kind, then without: nothing is left", async () => {
  lab.configure({ nodes: [{ count: 2 }] });
  proxy.faults = seededFaults(1, 0.08, every);
  clear(await lab.up(["--no-boot"], through()), "up");
  proxy.faults = seededFaults(2, 0.08, every);
  clear(await lab.destroy(through()), "destroy");
  proxy.faults = () => undefined;
  succeeded(await lab.destroy());
  expect(await inventory()).toEqual(before);
  // The seeds did provoke each kind, or this proves less than it says.
  expect(seen.map((fault) => fault.split(" ")[0])).toEqual(expect.arrayContaining([...every]));
});
