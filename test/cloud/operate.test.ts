import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { perform } from "../../cli/nodes/novaSteps";
import type { ServerStatus } from "../../cli/nodes/status";
import { listImages } from "../../openstack/glance";
import { createApplicationCredential, deleteApplicationCredential } from "../../openstack/keystone";
import { listNetworking } from "../../openstack/neutron";
import { getServer } from "../../openstack/nova";
import type { Check } from "../../tenant/fit/check";
import { session } from "./tenant";
import { type Ran, succeeded, TestLab } from "./testLab";
import { until } from "./until";

// One small lab for everything; each test finds what the one before it left.
const name = "on-operate";
const config = {
  lab: name,
  bmc: { enabled: false },
  undercloud: { kind: "none", address: "192.0.2.240" },
  nodes: [{ count: 2 }],
};
const lab = new TestLab(name, config);
const node = lab.plan.nodes[0]!;
const folder = mkdtempSync(join(tmpdir(), "ovb-operate-"));
const { signal } = new AbortController();

afterAll(async () => {
  await lab.destroy();
  lab.remove();
  rmSync(folder, { recursive: true });
});

/** Everything on the cloud that the doctor made: it all has this in its description. */
async function traces(): Promise<string[]> {
  const kinds = ["networks", "subnets", "ports", "routers", "floatingips", "security-groups"] as const;
  const lists = await Promise.all(kinds.map((kind) => listNetworking(session, kind, {})));
  return lists
    .flat()
    .filter((one) => (one as unknown as { description: string }).description.startsWith(`${name}-doctor`))
    .map(({ id }) => id);
}

/** A command that a test does not wait for. */
class Running {
  text = "";
  readonly ended: Promise<number | null>;

  constructor(
    command: string,
    extra: readonly string[],
    readonly child: ChildProcess = spawn(process.execPath, lab.command(command, extra)),
  ) {
    for (const stream of [child.stdout!, child.stderr!])
      stream.on("data", (chunk: Buffer) => {
        this.text += chunk;
      });
    this.ended = new Promise((resolve) => child.on("close", resolve));
  }

  async says(pattern: RegExp): Promise<void> {
    await until(
      () => `${pattern} in: ${this.text}`,
      async () => pattern.test(this.text),
      { pauseMs: 200 },
    );
  }
}

function checksOf({ stdout }: Ran): Record<string, Check> {
  const { checks } = JSON.parse(stdout) as { checks: Check[] };
  return Object.fromEntries(checks.map((check) => [check.name, check]));
}

describe("doctor", () => {
  /** Of the tenant's environment nothing but where Keystone is. */
  const bare = Object.fromEntries(
    Object.keys(process.env)
      .filter((key) => key.startsWith("OS_"))
      .map((key) => [key, undefined]),
  );

  test("finds nothing to change on a tenant that can, by the environment's password", async () => {
    const checks = checksOf(succeeded(await lab.ovb("doctor", ["--format", "json"])));
    expect(Object.values(checks).filter(({ status }) => !["ok", "skip"].includes(status))).toEqual([]);
    expect(checks["quota of instances"]!.message).toMatch(/^2 needed/);
    expect(checks["limit of address pairs"]!.message).toBe("10 on a port");
    expect(checks["Neutron's backend"]!.message).toMatch(/^agents/);
    expect(checks["DHCP options of ports"]!.message).toContain("bootfile-name");
    expect(await traces()).toEqual([]);
  });

  test("the same by clouds.yaml, and by an application credential", async () => {
    const { OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, OS_PROJECT_NAME } = process.env;
    const auth = {
      ...{ auth_url: OS_AUTH_URL, username: OS_USERNAME, project_name: OS_PROJECT_NAME },
      ...{ user_domain_name: "Default", project_domain_name: "Default" },
    };
    const file = join(folder, "clouds.yaml");
    writeFileSync(file, stringify({ clouds: { mine: { auth } } }));
    const secure = join(folder, "secure.yaml");
    writeFileSync(secure, stringify({ clouds: { mine: { auth: { password: OS_PASSWORD } } } }));
    const byFile = await lab.ovb("doctor", ["--format", "json", "--no-probe"], {
      ...bare,
      ...{ OS_CLOUD: "mine", OS_CLIENT_CONFIG_FILE: file, OS_CLIENT_SECURE_FILE: secure },
    });
    expect(checksOf(succeeded(byFile)).authentication!.message).toContain(
      `password of cloud "mine" of ${file}`,
    );
    expect(byFile.stdout + byFile.stderr).not.toContain(OS_PASSWORD);

    const { id, secret } = await createApplicationCredential(session, { name: `${name}-test` });
    try {
      const byCredential = await lab.ovb("doctor", ["--format", "json"], {
        ...{ ...bare, OS_AUTH_URL, OS_AUTH_TYPE: "v3applicationcredential" },
        ...{ OS_APPLICATION_CREDENTIAL_ID: id, OS_APPLICATION_CREDENTIAL_SECRET: secret.reveal() },
      });
      const checks = checksOf(succeeded(byCredential));
      expect(checks.authentication!.message).toContain("application credential of the environment");
      expect(checks["address pairs"]!.status).toBe("ok");
      expect(byCredential.stdout + byCredential.stderr).not.toContain(secret.reveal());
    } finally {
      await deleteApplicationCredential(session, id);
    }
  });

  test("names all that this tenant cannot give, and what to change", async () => {
    lab.configure({
      // Room for more nodes than the tenant may have.
      ctlplane: { cidr: "192.0.0.0/20", mtu: 9000, pool: { start: "192.0.0.10", end: "192.0.0.20" } },
      nodes: [{ count: 1000, flavor: "no-such-flavor", firstAddress: "192.0.4.0" }],
      publicNetwork: "no-such-network",
      undercloud: { image: "no-such-image" },
    });
    const ran = await lab.ovb("doctor", ["--format", "json"]);
    lab.configure({ ...config, ctlplane: {}, publicNetwork: "public" });
    expect(ran.status).toBe(1);
    const failed = Object.values(checksOf(ran)).filter(({ status }) => status === "fail");
    expect(failed.map((check) => check.name).sort()).toEqual([
      "MTU",
      "external network no-such-network",
      "flavor no-such-flavor",
      "floating IP",
      "image no-such-image",
      "quota of instances",
      "router to the outside",
    ]);
    expect(failed.find((check) => check.name === "MTU")!.advice).toMatch(
      /^Set ovb:ctlplane\.mtu to 1450 or less/,
    );
    expect(ran.stderr).toContain("7 checks fail");
    expect(await traces()).toEqual([]);
  });

  test("leaves nothing after Ctrl-C, and removes what a killed one left", async () => {
    const interrupted = new Running("doctor", []);
    await interrupted.says(/trying on a network/);
    await until("something on the cloud", async () => (await traces()).length > 0, { pauseMs: 200 });
    interrupted.child.kill("SIGINT");
    expect(await interrupted.ended).toBe(1);
    expect(interrupted.text).toMatch(/Interrupted\. What the doctor had made is removed\./);
    expect(await traces()).toEqual([]);

    const killed = new Running("doctor", []);
    await until("something on the cloud", async () => (await traces()).length > 2, { pauseMs: 200 });
    killed.child.kill("SIGKILL");
    await killed.ended;
    expect((await traces()).length).toBeGreaterThan(0);
    const next = succeeded(await lab.ovb("doctor"));
    expect(next.stderr).toMatch(/removed \d+ things that an earlier doctor, killed, had left/);
    expect(await traces()).toEqual([]);
  });
});

describe("a lab's nodes", () => {
  const ids: string[] = [];

  beforeAll(async () => {
    succeeded(await lab.up());
    ids.push(...Object.values((await lab.outputs()).nodes).map(({ id }) => id));
  });

  async function states(): Promise<Record<string, ServerStatus>> {
    const { stdout } = succeeded(await lab.ovb("status", ["--format", "json"]));
    const { servers } = JSON.parse(stdout) as { servers: ServerStatus[] };
    return Object.fromEntries(servers.map((server) => [server.name, server]));
  }

  const statusOf = async (id: string) => (await getServer(session, id)).status;

  test("status shows them as they were made; the doctor counts them as the lab's own", async () => {
    const { "node-0": first, ...others } = await states();
    expect(Object.keys(others)).toEqual(["node-1"]);
    expect(first).toMatchObject({
      planned: { address: node.address, mac: node.mac, flavor: "baremetal" },
      nova: { id: ids[0], status: "SHUTOFF", power: "off", address: node.address },
      boot: { device: "disk", strategy: "rescue", script: "boot.ipxe" },
      bmc: { answers: false },
    });
    const checks = checksOf(succeeded(await lab.ovb("doctor", ["--format", "json", "--no-probe"])));
    expect(checks["quota of ports"]!.message).toMatch(/^0 needed/);
    expect(checks["config drives"]!.message).toMatch(/^not forced/);
  });

  test("a name that is none of the lab's is refused with those that are, and nothing is done", async () => {
    const ran = await lab.ovb("power", ["on", "node-0", "node-7"]);
    expect(ran.status).toBe(1);
    expect(ran.stderr).toBe("The lab on-operate has no node-7; it has: node-0, node-1.\n");
    expect(await statusOf(ids[0]!)).toBe("SHUTOFF");
  });

  test("power on and cycle; the console shows the node boot, and goes on with --follow", async () => {
    succeeded(await lab.ovb("power", ["on", "--all"]));
    expect(await Promise.all(ids.map(statusOf))).toEqual(["ACTIVE", "ACTIVE"]);
    const follow = new Running("console", ["node-0", "--follow"]);
    await follow.says(new RegExp(`${node.mac} asks for an address`));
    const { stdout } = succeeded(await lab.ovb("power", ["cycle", "node-0", "--format", "json"]));
    expect(JSON.parse(stdout)).toEqual([{ node: "node-0", power: "on", id: ids[0] }]);
    follow.child.kill("SIGINT");
    expect(await follow.ended).toBe(0);
    const last = succeeded(await lab.ovb("console", ["node-0", "--lines", "1"]));
    expect(last.stdout.trimEnd().split("\n")).toHaveLength(1);
  });

  test("a node that the BMC has rescued is shown so, and unrescued to be powered off", async () => {
    const [iso] = await listImages(session, { name: `${name}-ipxe-iso` });
    await perform(session, ids[0]!, { do: "rescue", image: iso!.id }, signal);
    expect((await states())["node-0"]).toMatchObject({
      nova: { status: "RESCUE" },
      boot: { device: "cdrom" },
    });
    succeeded(await lab.ovb("power", ["off", "node-0"]));
    expect(await Promise.all(ids.map(statusOf))).toEqual(["SHUTOFF", "ACTIVE"]);
  });

  test("rebuild may be interrupted and repeated, and a pulumi up finds nothing to change", async () => {
    const interrupted = new Running("rebuild", ["--all", "--yes", "--parallel", "1"]);
    await interrupted.says(/rebuilding/);
    interrupted.child.kill("SIGINT");
    expect(await interrupted.ended).toBe(1);
    expect(interrupted.text).toMatch(/Interrupted\. What Nova has accepted it finishes/);
    const { stderr } = succeeded(await lab.ovb("rebuild", ["--all", "--yes"]));
    expect(stderr).toMatch(/node-\d: clean and off \(2 of 2, /);
    expect(await Promise.all(ids.map(statusOf))).toEqual(["SHUTOFF", "SHUTOFF"]);
    succeeded(await lab.pulumi("preview", "--refresh", "--expect-no-changes", "--non-interactive"));
  });
});
