import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { main } from "../../../../cli/main";
import { readStackConfig } from "../../../../cli/stack/stackConfig";
import { authFromEnvironment } from "../../../../openstack/auth";
import { Session } from "../../../../openstack/session";
import { readLabConfig } from "../../../../plan/config/readLabConfig";
import { planLab } from "../../../../plan/lab/planLab";
import { imageCalled, type MemoryCloud, project } from "../../../support/memoryCloud/cloud";
import { flavorCalled } from "../../../support/memoryCloud/nova";
import { realRules } from "../../../support/memoryCloud/rules";
import {
  cloudOf,
  existing,
  failures,
  join as joinRouter,
  publicOf,
  subnetOf,
  up,
  worlds,
} from "../../../support/memoryCloud/worlds";
import { type Printed, takePrinted } from "../../../support/printed";

/*
 * `init --yes` on tenants in memory: where a lab is possible, it writes a file that the doctor has nothing against and that
 * `up` makes; where none is, it says why and writes nothing.
 */

let folder: string;
let file: string;
let printed: Printed;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ovb-init-"));
  file = join(folder, "Pulumi.qa.yaml");
  printed = takePrinted();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const session = () => new Session(authFromEnvironment(), { sleep: async () => {} });

function init(cloud: MemoryCloud, ...options: string[]): Promise<number> {
  for (const [name, value] of Object.entries(cloud.environment)) vi.stubEnv(name, value);
  return main(["init", "qa", "--config-file", file, ...options], { session });
}

/** The file as every command reads it. */
function written() {
  const { config, stack, unknown, notes } = readStackConfig({
    ...{ folder: process.cwd(), stack: "qa", configFile: file, env: {} },
  });
  expect({ unknown, notes }).toEqual({ unknown: [], notes: [] });
  return { raw: config, lab: readLabConfig(config, stack, () => "") };
}

/** What `init --yes` comes to: a file that holds, or none. */
async function outcome(cloud: MemoryCloud, ...options: string[]) {
  const before = cloud.inventory;
  const status = await init(cloud, "--yes", ...options);
  expect(cloud.inventory, "what init leaves").toEqual(before);
  expect(existsSync(file), printed.said).toBe(status === 0);
  if (status !== 0) return { status };
  const { raw, lab } = written();
  planLab(lab);
  const failed = (await failures(raw, true)).map(({ name, message }) => `${name}: ${message}`);
  expect(failed, readFileSync(file, "utf8")).toEqual([]);
  return { status, raw };
}

/** An `up` of the file that was written. */
function upOf(cloud: MemoryCloud, raw: Record<string, unknown>) {
  const existing = (name: string) => ({ source: "existing" as const, name });
  const images = { disk: existing("ipxe"), iso: existing("ipxe-iso") };
  return up(cloud, { ...raw, images, bmc: { ...(raw.bmc as object), readinessTimeout: 0 } });
}

/** Those of the doctor's worlds where no configuration helps. */
const hopeless = [
  "no quota of Nova left",
  "no quota of networks left",
  "identity on the internal side alone (F18)",
];
/** An up takes seconds. */
const upToo = [
  "an ordinary tenant",
  "port security off unless asked for (F2)",
  "an own network that is called as the external one",
  "two images of the name (F12)",
];

describe("init --yes, on the tenants of the doctor's test", () => {
  test.each(worlds)("%s", async (name, _, world) => {
    const cloud = await cloudOf(world);
    try {
      const { status, raw } = await outcome(cloud);
      expect(status, printed.said).toBe(hopeless.includes(name) ? 1 : 0);
      if (status !== 0) expect(printed.said).toContain("no file was written");
      if (upToo.includes(name)) expect((await upOf(cloud, raw!)).refused).toBeUndefined();
    } finally {
      await cloud.stop();
    }
  });
});

describe("init", () => {
  let cloud: MemoryCloud;
  beforeEach(async () => {
    cloud = await cloudOf({});
  });
  afterEach(() => cloud.stop());

  test("leaves an existing file alone, and asks the cloud nothing", async () => {
    writeFileSync(file, "mine\n");
    expect(await init(cloud, "--yes")).toBe(1);
    expect(readFileSync(file, "utf8")).toBe("mine\n");
    expect(printed.said).toContain("is there, and nothing was written");
    expect(cloud.requests).toEqual([]);
  });

  test("without a terminal and without --yes is wrong usage", async () => {
    expect(await init(cloud)).toBe(2);
    expect(printed.said).toContain("--yes takes what the tenant suggests");
    expect(existsSync(file)).toBe(false);
  });

  test("takes every answer from the command line, and says each in the file", async () => {
    const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample me@example";
    const keyFile = join(folder, "key.pub");
    writeFileSync(keyFile, `${key}\n`);
    const options = [
      ...["--lab", "ovb-mine", "--public-network", "public", "--kind", "boot-server", "--nodes", "3"],
      ...["--undercloud-image", "debian-13", "--undercloud-flavor", "baremetal", "--node-flavor", "m1.small"],
      ...[
        "--bmc-flavor",
        "undercloud",
        "--ssh-key",
        keyFile,
        "--allow-from",
        "198.51.100.0/24",
        "--no-probe",
      ],
    ];
    const { status, raw } = await outcome(cloud, ...options);
    expect(status, printed.said).toBe(0);
    expect(raw).toEqual({
      lab: "ovb-mine",
      publicNetwork: "public",
      access: { allowFrom: ["198.51.100.0/24"] },
      undercloud: { kind: "boot-server", image: "debian-13", flavor: "baremetal" },
      bmc: { image: "debian-13", flavor: "undercloud" },
      nodes: [{ name: "node", count: 3, flavor: "m1.small" }],
      authorizedKeys: [key],
    });
    const text = readFileSync(file, "utf8");
    for (const line of text.split("\n").filter((one) => /^ +(kind|image|flavor|count):/.test(one)))
      expect(text.split("\n")[text.split("\n").indexOf(line) - 1], line).toMatch(/^\s+(#|- name)/);
    expect(printed.out).toContain("npx ovb doctor --stack qa");
  });

  test("names the tenant, and has nothing secret", async () => {
    cloud.identity = {
      project: { id: project, name: "research", domain: { id: "default", name: "Default" } },
    };
    expect(await init(cloud, "--yes")).toBe(0);
    const text = readFileSync(file, "utf8");
    expect(text.replace(/\n# /g, " ")).toContain("project research, region RegionOne");
    expect(printed.said).toContain("the environment");
    for (const secret of ["token", "OS_PASSWORD", "secret"]) expect(text).not.toContain(secret);
  });

  test("what was asked for and does not fit is said with every reason, and nothing is written", async () => {
    const { status } = await outcome(
      cloud,
      "--nodes",
      "2",
      "--node-flavor",
      "huge",
      "--public-network",
      "nowhere",
    );
    expect(status).toBe(1);
    expect(printed.said).toContain("flavor huge: not there");
    expect(printed.said).toContain("external network nowhere: not there");
  });

  test("a lab of another stack's has the usual name: the next one", async () => {
    cloud.neutron.make("networks", {
      name: "ovb-qa-ctlplane",
      tags: ["ovb", "ovb:lab=ovb-qa", "ovb:owner=x.1"],
    });
    const { status, raw } = await outcome(cloud);
    expect({ status, lab: raw?.lab }, printed.said).toEqual({ status: 0, lab: "ovb-qa-2" });
  });

  test("a restricted login has no BMC VM, and the file says why", async () => {
    cloud.identity = { application_credential: { id: "a", name: "a", restricted: true } };
    const { status, raw } = await outcome(cloud);
    expect(status, printed.said).toBe(0);
    expect(raw).toMatchObject({ bmc: { enabled: false }, undercloud: { kind: "boot-server" } });
    expect(readFileSync(file, "utf8")).toContain("restricted application credential");
  });

  test("names an availability zone where it is asked for, and refuses one that takes nothing", async () => {
    cloud.nova.zones = [
      ["nova", true],
      ["old", false],
    ];
    expect(await init(cloud, "--yes", "--zone", "old")).toBe(1);
    expect(printed.said).toContain("availability zone old of servers: not available now");
    const { status, raw } = await outcome(cloud, "--zone", "nova");
    expect({ status, zones: raw?.availabilityZones }, printed.said).toEqual({
      status: 0,
      zones: { servers: "nova" },
    });
  });

  test("no public address left, and a network that the operator shares", async () => {
    existing.network(cloud, { name: "provider", project_id: "others", shared: true });
    cloud.refuse = realRules(cloud, { exhausted: [publicOf(cloud)] });
    const { status, raw } = await outcome(cloud);
    expect({ status, access: raw?.access }, printed.said).toEqual({
      status: 0,
      access: { network: "provider" },
    });
  });

  test("no quota of routers, and one of the project's own that serves the usual subnet", async () => {
    const router = existing.router(cloud, publicOf(cloud));
    joinRouter(
      cloud,
      router,
      subnetOf(cloud, existing.network(cloud, {}, null).id, { cidr: "192.0.2.0/24" }),
    );
    cloud.neutron.quotas = { router: 1 };
    const { status, raw } = await outcome(cloud);
    expect({ status, access: raw?.access }, printed.said).toEqual({ status: 0, access: { router: "gate" } });
    expect(raw?.ctlplane).toHaveProperty("cidr");
  });
});

describe("the questions, on a terminal", () => {
  let cloud: MemoryCloud;
  beforeEach(async () => {
    cloud = await cloudOf({});
    cloud.neutron.make("networks", { name: "ext-b", "router:external": true, project_id: "operator" });
  });
  afterEach(() => cloud.stop());

  const questions = ["External network", "The way to the lab", "What deploys", "Flavor of the undercloud"];
  const more = ["Flavor of the nodes", "How many nodes"];

  /** `ovb init` on a terminal where each answer is typed at its question. */
  async function typed(answers: readonly string[]) {
    const root = join(__dirname, "..", "..", "..", "..");
    const script = join(root, "test", "support", "onTerminal.py");
    const asked = [...questions, ...more].slice(0, answers.length);
    const command = ["cli/ovb.mjs", "init", "qa", "--config-file", file, "--no-probe"];
    const child = spawn(
      "python3",
      [script, asked.join("\x1f"), answers.join("\x1f"), process.execPath, ...command],
      { cwd: root, env: { PATH: process.env.PATH, HOME: folder, ...cloud.environment } },
    );
    let shown = "";
    child.stdout.on("data", (chunk) => {
      shown += chunk;
    });
    const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
    return { status, shown };
  }

  test("Enter takes what the tenant suggests, an arrow the next", async () => {
    const down = "\x1b[B";
    const { status, shown } = await typed([`${down}\r`, "\r", `${down}\r`, "\r", "\r", "\x7f3\r"]);
    expect(status, shown).toBe(0);
    expect(written().raw).toEqual({
      publicNetwork: "public",
      undercloud: { kind: "boot-server", image: "debian-13", flavor: "m1.small" },
      bmc: { image: "debian-13", flavor: "m1.small" },
      nodes: [{ name: "node", count: 3, flavor: "baremetal" }],
    });
  });

  test.each([
    ["Ctrl-C", "\x03"],
    ["Ctrl-D", "\x04"],
  ])("%s: no file", async (_, key) => {
    const { status, shown } = await typed(["\r", key]);
    expect(shown).toContain("No file was written");
    expect({ status, file: existsSync(file) }).toEqual({ status: 1, file: false });
  });
});

/** Names as people and operators give them, and as nobody should. */
const odd = fc.oneof(
  fc.constantFrom(
    "yes",
    "null",
    "1e3",
    "0x1F",
    "2026-11-30",
    "[1]",
    '{"a": 1}',
    "# no",
    "a: b",
    "'",
    "Öffentliches Netz",
    " x",
    "x\ny",
    "\u2028",
    "~",
    "-",
    "1.10",
  ),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }),
);

test("whatever things are called, the file says what was meant", async () => {
  const names = fc.record({
    ...{ external: odd, image: odd, other: odd, flavors: fc.array(odd, { minLength: 1, maxLength: 4 }) },
  });
  const id = (i: number) => `00000000-0000-4000-8000-00000000000${i}`;
  await fc.assert(
    fc.asyncProperty(names, async ({ external, image, other, flavors }) => {
      const cloud = await cloudOf({});
      try {
        const { networks } = cloud.neutron.resources;
        networks.clear();
        cloud.neutron.make("networks", {
          id: id(0),
          name: external,
          "router:external": true,
          project_id: "operator",
        });
        cloud.offers = {
          images: [
            { ...imageCalled("x"), id: id(1), name: image, os_distro: "debian", os_version: "13" },
            { ...imageCalled("x"), id: id(2), name: other, os_distro: "ubuntu", os_version: "24.04" },
          ],
          flavors: flavors.map((name, i) => ({ ...flavorCalled("x"), id: id(3 + i), name })),
        };
        rmSync(file, { force: true });
        const { status, raw } = await outcome(cloud, "--no-probe");
        expect(status, printed.said).toBe(0);
        expect([external, id(0)]).toContain(raw!.publicNetwork);
        expect([image, id(1)]).toContain((raw!.undercloud as { image: string }).image);
      } finally {
        await cloud.stop();
      }
    }),
    { numRuns: Number(process.env.OVB_WORLDS ?? 25) },
  );
});

test("whatever a tenant is: a file that holds, or no configuration of many would", async () => {
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 1 });
  const arbitrary = fc.record({
    ...{ byDefault: fc.boolean(), mostMtu: maybe(fc.constantFrom(1270, 1300)), exhausted: fc.boolean() },
    zero: fc.subarray([0, 1, 2]),
    queued: fc.subarray([2, 3]),
    cores: maybe(fc.nat(8)),
    quota: maybe(fc.tuple(fc.constantFrom("network", "port", "router", "floatingip"), fc.nat(9))),
    gate: maybe(fc.record({ isOurs: fc.boolean(), gateway: fc.boolean() })),
    office: maybe(fc.record({ shared: fc.boolean(), security: fc.boolean() })),
    restricted: fc.boolean(),
  });
  const flavors = ["m1.small", "undercloud", "baremetal"];
  await fc.assert(
    fc.asyncProperty(arbitrary, async (world) => {
      const cloud = await cloudOf({});
      try {
        cloud.neutron.portSecurity = world.byDefault;
        for (const i of world.zero) Object.assign(cloud.offers.flavors![i]!, { disk: 0 });
        for (const i of world.queued) Object.assign(cloud.offers.images![i]!, { status: "queued" });
        if (world.cores !== undefined) cloud.nova.limits = { maxTotalCores: world.cores };
        const { gate, office } = world;
        const owner = (isOurs: boolean) => ({ project_id: isOurs ? project : "others" });
        if (gate) existing.router(cloud, gate.gateway ? publicOf(cloud) : undefined, owner(gate.isOurs));
        if (office)
          existing.network(cloud, {
            ...{ ...owner(!office.shared), shared: office.shared, port_security_enabled: office.security },
          });
        if (world.quota) cloud.neutron.quotas = { [world.quota[0]]: world.quota[1] };
        if (world.restricted)
          cloud.identity = { application_credential: { id: "a", name: "a", restricted: true } };
        const exhausted = world.exhausted ? [publicOf(cloud)] : [];
        cloud.refuse = realRules(cloud, { mostMtu: world.mostMtu, exhausted });
        rmSync(file, { force: true });
        if ((await outcome(cloud)).status === 0) return;
        expect(printed.said).toContain("no file was written");
        const portSecurity = world.byDefault ? "unset" : "enabled";
        const ways = [
          { access: { portSecurity } },
          { access: { portSecurity, router: "gate" } },
          { access: { network: "office", portSecurity: "disabled" } },
          { access: { network: "office" }, ctlplane: { routed: false } },
        ];
        for (const way of ways)
          for (const floatingIp of [true, false])
            for (const flavor of flavors)
              for (const image of ["debian-13", "ovb-undercloud"]) {
                const raw = {
                  ...way,
                  ctlplane: { portSecurity, mtu: 1280, ...way.ctlplane },
                  undercloud: { kind: "boot-server", floatingIp, flavor, image },
                  bmc: { enabled: false },
                  nodes: [{ count: 1, flavor }],
                };
                if ((await failures(raw, false)).length > 0) continue;
                expect(await failures(raw, true), printed.said).not.toEqual([]);
              }
      } finally {
        await cloud.stop();
      }
    }),
    { numRuns: Number(process.env.OVB_WORLDS ?? 8) },
  );
}, 300_000);
