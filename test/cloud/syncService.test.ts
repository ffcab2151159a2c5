import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseEnvFile } from "../../agent/service/envFile";
import { authFromEnvironment } from "../../openstack/auth";
import { listApplicationCredentials } from "../../openstack/keystone";
import { deleteNetworking, listNetworking } from "../../openstack/neutron";
import { listServers } from "../../openstack/nova";
import { Session } from "../../openstack/session";
import { GuestAccess } from "./guest";
import { inventory, session } from "./tenant";
import { succeeded, TestLab } from "./testLab";
import { until } from "./until";

/*
 * Sync as a service of the undercloud's guest, which follows a file of dnsmasq's there: one lab in the order of its life.
 * No node boots: what is tested is Neutron's ports.
 */
const access = new GuestAccess();
const lab = new TestLab("sync-service", {
  lab: "ovb-syncsvc",
  ctlplane: { addressOwner: "sync" },
  undercloud: { kind: "custom", image: "debian-13", flavor: "m1.small" },
  bmc: { enabled: false },
  nodes: [{ count: 2 }],
});
const [node0, node1] = lab.plan.nodes;
const folder = mkdtempSync(join(tmpdir(), "ovb-sync-service-"));
const hosts = "/var/lib/ovb-test/hosts";
let before: Awaited<ReturnType<typeof inventory>>;
let rulesBefore: unknown;
let undercloud = "";
let secret = "";

beforeAll(async () => {
  before = await inventory();
  rulesBefore = await accessRules();
  await access.create();
  lab.configure({ authorizedKeys: [access.publicKey] });
  succeeded(await lab.up());
  undercloud = (await lab.outputs()).undercloud.floatingIp!;
  await access.wait(undercloud, 900_000);
});

afterAll(async () => {
  await lab.ovb("sync-service", ["--remove"]);
  await lab.destroy();
  lab.remove();
  access.remove();
  rmSync(folder, { recursive: true });
});

/** What Keystone holds of our user's: access rules outlive credentials unless somebody deletes them. */
async function accessRules(): Promise<unknown> {
  const { user } = await session.identity();
  return session.request("identity", "GET", `/users/${user.id}/access_rules`);
}

/** What a command that must work has said on the undercloud. @param input for its stdin */
async function onUndercloud(command: string, input?: string): Promise<string> {
  const { status, text } = await access.run(undercloud, command, undefined, input);
  if (status !== 0) throw new Error(`exit status ${status} of ${command}\n${text}`);
  return text.trim();
}

/** The undercloud gives out these addresses, in the nodes' order. */
const give = (...addresses: string[]) =>
  onUndercloud(
    `sudo mkdir -p /var/lib/ovb-test && sudo tee ${hosts}.new >/dev/null && sudo mv ${hosts}.new ${hosts}`,
    addresses.map((address, i) => `${lab.plan.nodes[i]!.mac},${address}\n`).join(""),
  );

/** Waits until the host cloud's ports have them. */
async function have(...addresses: string[]): Promise<void> {
  try {
    await until(`the nodes have ${addresses.join(", ")}`, async () => {
      const found = await listNetworking(session, "ports", { tags: "ovb:lab=ovb-syncsvc,ovb:role=node" });
      const of = (mac: string) => found.find((port) => port.mac_address === mac)?.fixed_ips[0]?.ip_address;
      return [of(node0!.mac), of(node1!.mac)].join() === addresses.join();
    });
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${await journal()}`);
  }
}

const journal = () => onUndercloud("sudo journalctl --no-pager -u ovb-sync");
const property = (name: string) => onUndercloud(`systemctl show -p ${name} --value ovb-sync`);

/** The folder as it is copied: a tar, as base64 because what GuestAccess sends is text. */
const copy = () =>
  onUndercloud(
    "rm -rf ovb-sync; mkdir -m 700 ovb-sync; base64 -d | tar -xC ovb-sync",
    execFileSync("tar", ["-c", "-C", folder, "."]).toString("base64"),
  );

async function write(): Promise<string> {
  const source = ["--source", "dnsmasq", "--hosts", hosts, "--interval", "3"];
  const { stdout } = succeeded(await lab.ovb("sync-service", [...source, "-o", folder]));
  const { OS_APPLICATION_CREDENTIAL_SECRET: now = "" } = cloudVariables();
  expect(now).not.toBe("");
  expect(stdout).not.toContain(now);
  secret = now;
  return stdout;
}

const cloudVariables = () => parseEnvFile(readFileSync(join(folder, "cloud.env"), "utf8"), "cloud.env");

test("installed on the undercloud, it gives a node the address in dnsmasq's file", async () => {
  await give("192.0.2.21");
  expect(await write()).toContain("by the application credential ovb-syncsvc-sync");
  await copy();
  expect(await onUndercloud("sudo sh ovb-sync/install.sh")).toContain("ovb-sync.service runs");
  await have("192.0.2.21", node1!.address);
});

test("its credential may do what sync does and nothing else", async () => {
  const restricted = new Session(authFromEnvironment(cloudVariables()));
  expect(await listNetworking(restricted, "ports", { tags: "ovb:lab=ovb-syncsvc" })).not.toEqual([]);
  const refused = { status: 401 }; // as keystonemiddleware answers what no rule allows
  await expect(listServers(restricted)).rejects.toMatchObject(refused);
  await expect(deleteNetworking(restricted, "ports", "any")).rejects.toMatchObject(refused);
});

test("it is shut in, and its secret is root's alone", async () => {
  const hardening = {
    ...{ DynamicUser: "yes", NoNewPrivileges: "yes", CapabilityBoundingSet: "", AmbientCapabilities: "" },
    ...{ ProtectSystem: "strict", ProtectHome: "yes", PrivateTmp: "yes", PrivateDevices: "yes" },
    ...{ MemoryMax: String(256 * 2 ** 20), Restart: "always" },
  };
  for (const [name, value] of Object.entries(hardening))
    expect([name, await property(name)]).toEqual([name, value]);
  const pid = await property("MainPID");
  // One of systemd's dynamic users.
  expect(Number(await onUndercloud(`stat -c %u /proc/${pid}`))).toBeGreaterThanOrEqual(61184);
  expect(await onUndercloud("sudo stat -c '%a %u %g' /etc/ovb/sync/cloud.env")).toBe("600 0 0");
  const seen = await onUndercloud(
    "ps -ewwo args; cat /etc/ovb/sync/* 2>/dev/null; systemctl show ovb-sync; sudo journalctl --no-pager",
  );
  expect(seen).toContain("ovb-sync.js");
  expect(seen).not.toContain(secret);
});

test("two nodes swap, and a killed service comes back and follows on", async () => {
  await give("192.0.2.21", "192.0.2.22");
  await have("192.0.2.21", "192.0.2.22");
  await give("192.0.2.22", "192.0.2.21");
  await have("192.0.2.22", "192.0.2.21");
  const pid = await property("MainPID");
  await onUndercloud(`sudo kill -KILL ${pid}`);
  await until("the service runs again", async () => {
    const now = await property("MainPID");
    return now !== "0" && now !== pid;
  });
  await give("192.0.2.23", "192.0.2.22");
  await have("192.0.2.23", "192.0.2.22");
});

test("written and installed once more, it goes on with a new credential", async () => {
  const was = secret;
  expect(await write()).toContain("the one before it is gone");
  expect(secret).not.toBe(was);
  await copy();
  await onUndercloud("sudo sh ovb-sync/install.sh");
  await give("192.0.2.24", "192.0.2.22");
  await have("192.0.2.24", "192.0.2.22");
});

test("removed, there is nothing left of it on the undercloud and in Keystone", async () => {
  await onUndercloud("sudo sh ovb-sync/install.sh --remove");
  const files = "/usr/local/lib/ovb /etc/ovb/sync /etc/systemd/system -name '*ovb-sync*' -o -name cloud.env";
  expect(await onUndercloud(`sudo find ${files} 2>/dev/null || true`)).toBe("");
  expect(await property("LoadState")).toBe("not-found");
  // The undercloud's own are still there.
  expect(await onUndercloud("ls /etc/ovb")).toContain("lab.json");
  const { stdout } = succeeded(await lab.ovb("sync-service", ["--remove"]));
  expect(stdout).toContain("the application credential ovb-syncsvc-sync is deleted");
  const names = (await listApplicationCredentials(session)).map(({ name }) => name);
  expect(names).not.toContain("ovb-syncsvc-sync");
  expect(await accessRules()).toEqual(rulesBefore);
});

test("destroy leaves nothing, neither the credential of a service that was not removed", async () => {
  await write();
  const { stderr } = succeeded(await lab.destroy());
  expect(stderr).toContain("the application credential ovb-syncsvc-sync is deleted");
  expect(await accessRules()).toEqual(rulesBefore);
  expect(await inventory()).toEqual(before);
});
