import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fetches } from "../../cli/lab/firstBoot";
import { listApplicationCredentials } from "../../openstack/keystone";
import { consoleOutput, getServer, listServersDetail } from "../../openstack/nova";
import { Secret } from "../../openstack/secret";
import { Session } from "../../openstack/session";
import { pythonPackage } from "../support/redfish/pythonPackages";
import { Sushy } from "../support/redfish/sushy";
import { BmcClient } from "./bmcClient";
import { GuestAccess } from "./guest";
import { inventory, session } from "./tenant";
import { run, succeeded, TestLab } from "./testLab";
import { until } from "./until";

/*
 * The lab's own BMC VM in mode port, from the undercloud's guest with its ipmitool: one lab in the order of its life. a-0
 * is network-booted by rescue, b-0 by rebuild.
 */
const access = new GuestAccess();
const small = { image: "debian-13", flavor: "m1.small" };
const groups = [
  { name: "a", count: 1 },
  { name: "b", count: 1, bootStrategy: "rebuild" },
];
const lab = new TestLab("bmc-lab", {
  lab: "ovb-bmclab",
  undercloud: small,
  bmc: { ...small, readinessTimeout: 1800 },
  nodes: groups,
});
const client = new BmcClient(lab, access);
let before: Awaited<ReturnType<typeof inventory>>;
let rulesBefore: unknown;

beforeAll(async () => {
  before = await inventory();
  rulesBefore = await accessRules();
  await access.create();
  lab.configure({ authorizedKeys: [access.publicKey] });
  await client.up();
  await client.prepare();
});

afterAll(async () => {
  await lab.destroy();
  lab.remove();
  access.remove();
});

/** What Keystone holds of our user's: access rules outlive credentials unless somebody deletes them. */
async function accessRules(): Promise<unknown> {
  const { user } = await session.identity();
  return session.request("identity", "GET", `/users/${user.id}/access_rules`);
}

/** A command in the devcloud's own box: the cloud's operator. */
const inBox = (...command: string[]) =>
  run(process.execPath, ["cli/ovb.mjs", "devcloud", "exec", "--admin", "--inside", "--", ...command]);

const fetched = async (key: string) => {
  const node = lab.plan.nodes.find((one) => one.key === key)!;
  return fetches(await consoleOutput(session, await client.id("undercloud")), node);
};

async function fetchesOnceMore(key: string, act: () => Promise<unknown>): Promise<void> {
  const earlier = await fetched(key);
  await act();
  await until(`${key} fetches its script`, async () => (await fetched(key)) > earlier);
}

/** Writes or looks for a marker in the middle of a node's disk, past all that iPXE's image has; the node is off. */
async function marker(key: string, operation: "write" | "read"): Promise<boolean> {
  const disk = `/var/lib/devcloud/nova/instances/${await client.id(key)}/disk`;
  const ran = await inBox("qemu-io", "-c", `${operation} -P 0x4f 1G 64k`, disk);
  // Another pattern is a failure of qemu-io's.
  return !ran.stdout.includes("Pattern verification failed") && succeeded(ran).status === 0;
}

test("up has ended because every node's BMC answers", async () => {
  for (const { key } of lab.plan.nodes)
    expect(await client.ipmitool(key, "power status")).toEqual({ status: 0, text: "Chassis Power is off" });
});

test("a wrong password is refused", async () => {
  const { status, text } = await client.ipmitool("a-0", "power on", "wrong");
  expect(status).toBe(1);
  expect(text).toContain("Unable to establish IPMI v2");
});

describe("secrets", () => {
  let secrets: string[] = [];

  test("the agent's credential may do what the agent does, and nothing else", async () => {
    const { text } = await client.onBmc("sudo cat /etc/ovb/bmc-cloud");
    const value = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(text)![1]!;
    const secret = value("OS_APPLICATION_CREDENTIAL_SECRET");
    secrets = [client.password, secret];
    const agent = new Session({
      ...session.auth,
      method: {
        kind: "applicationCredential",
        credential: { id: value("OS_APPLICATION_CREDENTIAL_ID") },
        secret: new Secret(secret),
      },
    });
    expect((await listServersDetail(agent, { tags: ["ovb:lab=ovb-bmclab"] })).length).toBeGreaterThan(3);
    const refused = { status: 401 }; // as keystonemiddleware answers what no rule allows
    const id = await client.id("a-0");
    await expect(agent.request("compute", "DELETE", `/servers/${id}`)).rejects.toMatchObject(refused);
    await expect(agent.request("compute", "GET", "/servers")).rejects.toMatchObject(refused);
    await expect(agent.request("network", "GET", "/networks")).rejects.toMatchObject(refused);
    expect((await getServer(session, id)).status).toBe("SHUTOFF");
  });

  test("are in no console, no server's metadata, no user's files on the VM, no command line and no plain state", async () => {
    const state = join(
      process.env.OVB_LABS_FOLDER!,
      "bmc-lab",
      "backend",
      ".pulumi",
      "stacks",
      "ovb",
      "bmc-lab.json",
    );
    const servers = await listServersDetail(session, { tags: ["ovb:lab=ovb-bmclab"] });
    const texts = [
      readFileSync(state, "utf8"),
      JSON.stringify(servers),
      // A node that has never been on has no console.
      ...(await Promise.all(servers.map(({ id }) => consoleOutput(session, id).catch(() => "")))),
      (
        await client.onBmc(
          "ps -ewwo args; cat /etc/ovb/* /var/lib/cloud/instance/*.txt 2>/dev/null; systemctl show ovb-bmc",
        )
      ).text,
      (await client.onBmc("sudo journalctl --no-pager")).text,
    ];
    expect(secrets).toHaveLength(2);
    for (const secret of secrets) for (const text of texts) expect(text.includes(secret)).toBe(false);
    const { text } = await client.onBmc("ls -ln /etc/ovb; ps -o uid= -C node");
    expect(text).toMatch(/^-rw------- 1 0 0 .*bmc-password$/m);
    // One of systemd's dynamic users; its name needs libnss-systemd.
    expect(Number(/^ *(\d+)$/m.exec(text)?.[1])).toBeGreaterThanOrEqual(61184);
  });
});

test("on, cycle and off are Nova's and the guest's: each start fetches the script", async () => {
  await fetchesOnceMore("a-0", () => client.good("a-0", "power on"));
  await client.isStatus("a-0", "ACTIVE");
  await fetchesOnceMore("a-0", () => client.good("a-0", "power cycle"));
  await client.good("a-0", "power off");
  await client.isStatus("a-0", "SHUTOFF");
});

test("a network boot by rescue keeps the disk, one by rebuild writes it anew", async () => {
  for (const key of ["a-0", "b-0"]) {
    await marker(key, "write");
    await client.good(key, "chassis bootdev pxe");
  }
  await fetchesOnceMore("a-0", () => client.good("a-0", "power on"));
  expect((await getServer(session, await client.id("a-0"))).status).toBe("RESCUE");
  for (const key of ["a-0", "b-0"]) {
    if (key === "b-0") await fetchesOnceMore(key, () => client.good(key, "power on"));
    await client.good(key, "power off");
    await client.isStatus(key, "SHUTOFF");
  }
  expect(await marker("a-0", "read")).toBe(true);
  expect(await marker("b-0", "read")).toBe(false);
});

test("the agent killed in the middle of a rescue goes on with it", async () => {
  await client.good("a-0", "chassis bootdev pxe");
  const endpoint = "-I lanplus -C 17 -H 192.0.2.241 -p 6230 -U admin -f /etc/ovb/bmc-password";
  const pid = "systemctl show -p MainPID ovb-bmc";
  const was = (await client.onBmc(pid)).text;
  await fetchesOnceMore("a-0", () =>
    client.onBmc(`sudo ipmitool ${endpoint} power on; sudo systemctl kill -s KILL ovb-bmc`),
  );
  await client.isStatus("a-0", "RESCUE");
  expect((await client.onBmc(pid)).text).not.toBe(was);
  expect(await client.good("a-0", "power status")).toBe("Chassis Power is on");
  await client.good("a-0", "power off");
  await client.isStatus("a-0", "SHUTOFF");
});

test("with Nova's API away the BMC is busy, and then itself again", async () => {
  succeeded(await inBox("supervisorctl", "stop", "control:nova-api"));
  try {
    await until("busy", async () => /0xc0|busy/i.test((await client.ipmitool("a-0", "power status")).text));
  } finally {
    succeeded(await inBox("supervisorctl", "start", "control:nova-api"));
  }
  await until("an answer", async () =>
    (await client.ipmitool("a-0", "power status")).text.endsWith("is off"),
  );
});

test("one more node leaves the BMC's VM alone, and is answered for when up ends", async () => {
  const id = await client.id("bmc");
  lab.configure({ nodes: [{ ...groups[0], count: 2 }, groups[1]] });
  await client.up();
  expect(await client.id("bmc")).toBe(id);
  expect(await client.ipmitool("a-1", "power status")).toEqual({ status: 0, text: "Chassis Power is off" });
});

const { path, why } = pythonPackage("sushy", "5.14.0");
test.skipIf(path === undefined)(`Redfish by HTTPS with sushy${why && `: skipped, ${why}`}`, async () => {
  const port = 18443;
  const tunnel = access.forward(client.undercloud, port, "192.0.2.241:8443");
  const sushy = new Sushy(path!);
  try {
    const url = `https://127.0.0.1:${port}`;
    await until("the tunnel", async () => {
      const version = await sushy.ask("enter", url, "admin", "basic", false, client.password);
      return typeof version === "string";
    });
    expect(((await sushy.ask("systems")) as string[]).toSorted()).toEqual(["a-0", "a-1", "b-0"]);
    expect(await sushy.ask("power", "a-0")).toBe("Off");
    await sushy.ask("set_boot", "a-0", "Pxe", "Once");
    expect(await sushy.ask("boot", "a-0")).toEqual(["Pxe", "Once", "Legacy"]);
    await fetchesOnceMore("a-0", () => sushy.ask("reset", "a-0", "On"));
    await client.isStatus("a-0", "RESCUE");
    await sushy.ask("reset", "a-0", "ForceOff");
    await client.isStatus("a-0", "SHUTOFF");
  } finally {
    sushy.stop();
    tunnel.kill();
  }
});

test("destroy leaves nothing, neither a credential nor an access rule", async () => {
  succeeded(await lab.destroy());
  expect(await inventory()).toEqual(before);
  expect((await listApplicationCredentials(session)).map(({ name }) => name)).not.toContain("ovb-bmclab-bmc");
  expect(await accessRules()).toEqual(rulesBefore);
});
