import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listNetworking, setTags } from "../../openstack/neutron";
import { listServersDetail } from "../../openstack/nova";
import { labTag, ownerOfTags } from "../../plan/lab/tags";
import { tenantInventory } from "../../tenant/inventory";
import { markOf } from "../../tenant/whose";
import { killUp } from "./killUp";
import { inventory, session } from "./tenant";
import { project, type Ran, run, succeeded, TestLab } from "./testLab";

/* Two stacks whose configurations give their labs one name, as a copied Pulumi.dev.yaml or a lost state does. */

const name = "ovb-own";
const config = { lab: name, bmc: { enabled: false }, nodes: [{ count: 2 }] };
const one = new TestLab("own-one", config);
const two = new TestLab("own-two", config);
let before: Awaited<ReturnType<typeof inventory>>;

beforeAll(async () => {
  before = await inventory();
  succeeded(await one.up());
});

afterAll(async () => {
  for (const lab of [two, one]) {
    await lab.destroy();
    lab.remove();
  }
});

const sweep = (...args: string[]) =>
  run(process.execPath, [join(project, "cli", "ovb.mjs"), "sweep", ...args]);
const ids = async () => (await tenantInventory(session)).map(({ id }) => id).sort();

/** Says whose the lab is, what there is of it and the ways out; no stack trace. */
function refused({ status, stdout, stderr }: Ran): void {
  const text = stdout + stderr;
  expect(status, text).toBe(1);
  expect(text).toMatch(/The lab ovb-own on this tenant is not this stack's, so /);
  expect(text).toMatch(/made by .*the stack own-one \(mark own-one\.[0-9a-f]{16}\)/);
  expect(text).toMatch(/server: .*ovb-own-undercloud/);
  expect(text).toMatch(/another name, "ovb:lab"/);
  expect(text).toMatch(/npx ovb take-over/);
  expect(text).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
}

test("everything that a stack has made bears its mark, born with it or not", async () => {
  const made = (await tenantInventory(session)).filter((resource) => markOf(resource)?.lab === name);
  expect(new Set(made.map(({ kind }) => kind))).toEqual(
    new Set([
      ...["server", "image", "network", "subnet", "port", "router", "router interface"],
      ...["security group", "floating IP"],
    ]),
  );
  const owners = new Set(made.map((resource) => markOf(resource)!.owner));
  expect([...owners]).toEqual([expect.stringMatching(/^own-one\.[0-9a-f]{16}$/)]);
});

describe("another stack's lab of the same name", () => {
  test("up and preview refuse it before anything is made", async () => {
    const there = await ids();
    refused(await two.up());
    refused(await two.pulumi("preview"));
    // Plain Pulumi, which has no state of ours to look into.
    refused(await two.pulumi("up", "--yes", "--skip-preview"));
    expect(await ids()).toEqual(there);
  });

  test("the same stack name on another machine is another stack", async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "ovb-elsewhere-"));
    const there = await ids();
    refused(await one.up(["--no-boot"], { OVB_LABS_FOLDER: elsewhere }));
    refused(await one.ovb("power", ["off", "--all"], { OVB_LABS_FOLDER: elsewhere }));
    succeeded(await one.destroy({ OVB_LABS_FOLDER: elsewhere }));
    rmSync(elsewhere, { recursive: true });
    expect(await ids()).toEqual(there);
  });

  test("doctor says so", async () => {
    const { status, stdout } = await two.ovb("doctor", ["--no-probe"]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^fail {2}the lab's name +The lab ovb-own on this tenant is not this stack's/m);
    expect((await one.ovb("doctor", ["--no-probe"])).stdout).toMatch(/^ok {4}the lab's name /m);
  });

  test.each([
    ["status"],
    ["power", "on", "--all"],
    ["console", "node-0"],
    ["rebuild", "--all", "--yes"],
    ["sync-service", "--source", "dnsmasq", "--hosts", "/var/lib/hosts"],
    ["bmc"],
    ["enroll"],
    ["deploy", "node-0", "--yes"],
    ["undeploy", "node-0", "--yes"],
  ])("%s refuses it", async (command, ...args) => {
    two.configure({ ctlplane: { addressOwner: "sync" } });
    const there = await listServersDetail(session, { tags: [labTag(name)] });
    refused(await two.ovb(command, args));
    const now = await listServersDetail(session, { tags: [labTag(name)] });
    expect(now.map(({ id, updated }) => ({ id, updated }))).toEqual(
      there.map(({ id, updated }) => ({ id, updated })),
    );
  });

  test("destroy and stop of the refused stack take nothing of it, and its up and destroy go on", async () => {
    const there = await ids();
    succeeded(await two.destroy());
    expect(await ids()).toEqual(there);
    const { stdout, stderr } = succeeded(await one.up());
    expect(stdout + stderr).toMatch(/unchanged/);
    expect(await ids()).toEqual(there);
  });

  test("sweep of that name leaves a lab that a stack on this machine has, and says whose it is", async () => {
    const there = await ids();
    const { status, stderr } = await sweep("--lab", name, "--yes");
    expect(status).toBe(1);
    expect(stderr).toMatch(/ovb-own: `npx ovb destroy --stack own-one`/);
    expect(await ids()).toEqual(there);
  });
});

test("an up that is killed beside another stack's lab leaves that alone, and the next one takes its own alone", async () => {
  two.configure({ lab: "ovb-own-too", ctlplane: { addressOwner: "plan" } });
  const there = await ids();
  await killUp(two, (text) => text.includes("openstack:networking:Port"));
  succeeded(await two.up());
  succeeded(await two.destroy());
  expect(await ids()).toEqual(there);
});

test("a lab made before there were marks is its stack's by its ids, bears the mark after an up, and nothing is replaced", async () => {
  const there = await ids();
  const networks = await listNetworking(session, "networks", { tags: labTag(name) });
  expect(networks).toHaveLength(2);
  for (const { id, tags } of networks)
    await setTags(
      session,
      "networks",
      id,
      tags.filter((tag) => !tag.startsWith("ovb:owner=")),
    );
  two.configure({ lab: name });
  refused(await two.up());
  // As a state has it whose lab was made by such a version.
  succeeded(await one.pulumi("refresh", "--yes", "--skip-preview", "--non-interactive"));
  succeeded(await one.up());
  expect(await ids()).toEqual(there);
  const now = await listNetworking(session, "networks", { tags: labTag(name) });
  expect(now.map(({ tags }) => ownerOfTags(tags))).toEqual([
    expect.stringMatching(/^own-one\./),
    expect.stringMatching(/^own-one\./),
  ]);
});

test("a stack whose state is lost is refused its own lab, and sweep takes it by its mark", async () => {
  const labs = process.env.OVB_LABS_FOLDER!;
  rmSync(join(labs, "own-one"), { recursive: true });
  refused(await one.up());
  const [server] = await listServersDetail(session, { tags: [labTag(name)] });
  const owner = ownerOfTags(server!.tags)!;
  succeeded(await two.destroy());
  succeeded(await one.destroy());
  succeeded(await sweep("--owner", owner, "--yes"));
  expect(await inventory()).toEqual(before);
});
