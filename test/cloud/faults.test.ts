import { afterAll, beforeAll, expect, test } from "vitest";
import { listNetworking } from "../../openstack/neutron";
import { inventory, session } from "./tenant";
import { type Ran, run, succeeded, TestLab } from "./testLab";

const lab = new TestLab("faults", { lab: "ovb-faults", bmc: { enabled: false }, nodes: [{ count: 1 }] });
let before: Awaited<ReturnType<typeof inventory>>;

beforeAll(async () => {
  before = await inventory();
});

afterAll(async () => {
  await lab.destroy();
  lab.remove();
});

/** The command failed, and said so once, without a stack trace. */
function oneError({ status, stdout, stderr }: Ran, ...expected: RegExp[]): void {
  expect(status).toBe(1);
  const text = stdout + stderr;
  for (const pattern of expected) expect(text).toMatch(pattern);
  expect(text).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
}

test("a wrong password", async () => {
  const ran = await lab.up(["--no-boot"], { OS_PASSWORD: "not-the-password" });
  oneError(ran, /401/, /Check the user, secret/);
  expect(ran.stdout + ran.stderr).not.toContain("not-the-password");
});

test("an API that nobody answers", async () => {
  oneError(await lab.up(["--no-boot"], { OS_AUTH_URL: "http://127.0.0.1:5999/v3" }), /127\.0\.0\.1:5999/);
});

test("flavors, images and networks that do not exist, all at once and before anything is made", async () => {
  lab.configure({
    nodes: [{ count: 1, flavor: "no-such-flavor" }],
    undercloud: { image: "no-such-image" },
    publicNetwork: "no-such-network",
  });
  oneError(await lab.up(), /no-such-flavor/, /ovb:nodes\[0\]\.flavor/, /no-such-image/, /no-such-network/);
  expect(await inventory()).toEqual(before);
  lab.configure({ nodes: [{ count: 1 }], undercloud: {}, publicNetwork: "public" });
});

test("a configuration with mistakes, all at once and before anything is made", async () => {
  lab.configure({ bootScript: "nothing.ipxe", limits: { ports: "many" } });
  oneError(await lab.up(), /ovb:bootScript/, /ovb:limits\.ports/);
  expect(await inventory()).toEqual(before);
  lab.configure({ bootScript: "boot.ipxe", limits: {} });
});

test("an exhausted quota names what is exhausted, and the next up goes on from there", async () => {
  const project = (await listNetworking(session, "security-groups", { name: "default" }))[0]!;
  const used = (await listNetworking(session, "ports", {})).length;
  await quota((project as unknown as { project_id: string }).project_id, used + 1);
  try {
    oneError(await lab.up(), /[Qq]uota exceeded/, /port/);
  } finally {
    await quota((project as unknown as { project_id: string }).project_id, 5000);
  }
  succeeded(await lab.up());
  succeeded(await lab.destroy());
  expect(await inventory()).toEqual(before);
});

/** Sets the tenant's port quota, as the devcloud's administrator. */
async function quota(project: string, ports: number): Promise<void> {
  const command = ["openstack", "quota", "set", "--ports", String(ports), "--force", project];
  succeeded(
    await run(process.execPath, ["cli/ovb.mjs", "devcloud", "exec", "--admin", "--inside", "--", ...command]),
  );
}
