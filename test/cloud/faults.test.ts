import { afterAll, beforeAll, expect, test } from "vitest";
import { deleteImage, listImages } from "../../openstack/glance";
import { deleteNetworking, listNetworking, removeRouterInterface } from "../../openstack/neutron";
import { deleteServer, listServers } from "../../openstack/nova";
import { waitForServer } from "../../openstack/wait";
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

test("an exhausted quota is named before anything is made, and the next up makes it all", async () => {
  const project = (await listNetworking(session, "security-groups", { name: "default" }))[0]!;
  const used = (await listNetworking(session, "ports", {})).length;
  await quota((project as unknown as { project_id: string }).project_id, used + 1);
  try {
    oneError(await lab.up(), /quota of ports/, /nothing was created/);
    expect(await inventory()).toEqual(before);
  } finally {
    await quota((project as unknown as { project_id: string }).project_id, 5000);
  }
  succeeded(await lab.up());
});

test("a server that was deleted behind Pulumi's back is made again by up, and nothing else is", async () => {
  const was = await lab.outputs();
  const [node] = Object.entries(was.nodes);
  const undercloud = (await listServers(session, { name: "ovb-faults-undercloud" }))[0]!;
  await gone(node![1].id);
  expect((await lab.ovb("power", ["status", "--all"])).stderr).toMatch(
    /not on the cloud: node-0.*npx ovb up/,
  );
  const { stderr } = succeeded(await lab.up());
  expect(stderr).toContain(`the server ${node![0]} is gone from the cloud: making it again`);
  const is = await lab.outputs();
  expect(is.nodes[node![0]]!.id).not.toBe(node![1].id);
  expect(is.nodes[node![0]]!.mac).toBe(node![1].mac);
  expect(await listServers(session, { name: undercloud.name })).toEqual([undercloud]);
  succeeded(await lab.ovb("power", ["status", "--all"]));
});

test("an undercloud with its ports and floating IP, a router's interface and an image, all at once", async () => {
  const [undercloud] = await listServers(session, { name: "ovb-faults-undercloud" });
  const ports = await listNetworking(session, "ports", {});
  const [disk] = await listImages(session, { name: "ovb-faults-ipxe-disk" });
  const of = ports.filter(({ device_id }) => device_id === undercloud!.id);
  const floating = (await listNetworking(session, "floatingips", {})).find(({ port_id }) =>
    of.some(({ id }) => id === port_id),
  )!;
  await gone(undercloud!.id);
  for (const { id } of of) await deleteNetworking(session, "ports", id);
  await deleteNetworking(session, "floatingips", floating.id);
  const router = ports.find(
    ({ device_owner, fixed_ips }) => device_owner === "network:router_interface" && fixed_ips[0],
  )!;
  await removeRouterInterface(session, router.device_id, router.fixed_ips[0]!.subnet_id);
  await deleteImage(session, disk!.id);
  const nodes = await listServers(session, { name: "ovb-faults-node-0" });
  const { stderr } = succeeded(await lab.up());
  expect(stderr).toContain("the server ovb-faults-undercloud is gone from the cloud: making it again");
  expect(stderr).toMatch(/the router interface \S+ is gone from the cloud: making it again/);
  expect(await listServers(session, { name: "ovb-faults-node-0" })).toEqual(nodes); // nobody's disk is touched
  succeeded(await lab.pulumi("preview", "--refresh", "--expect-no-changes", "--non-interactive"));
});

test("a port of a server that lives is not made again by itself: its server's disk would go", async () => {
  const [node] = await listServers(session, { name: "ovb-faults-node-0" });
  const [port] = await listNetworking(session, "ports", { name: "ovb-faults-node-0-ctlplane" });
  await deleteNetworking(session, "ports", port!.id);
  const ran = await lab.up();
  oneError(ran, /port ovb-faults-node-0-ctlplane, of the server ovb-faults-node-0/, /Nothing was changed/);
  expect(await listServers(session, { name: node!.name })).toEqual([node]);
  const target = /--target '(urn:[^']+)'/.exec(ran.stderr)![1]!;
  succeeded(await lab.pulumi("refresh", "--yes", "--target", target));
  succeeded(await lab.up());
  succeeded(await lab.pulumi("preview", "--refresh", "--expect-no-changes", "--non-interactive"));
});

test("destroy names stack, lab and servers, and leaves nothing", async () => {
  const refused = await lab.ovb("destroy");
  expect(refused.status).toBe(2);
  const { stderr } = succeeded(await lab.destroy());
  expect(stderr).toMatch(/Destroy the lab ovb-faults of the stack faults:\n +cloud .*\n +servers +2: /);
  expect(await inventory()).toEqual(before);
});

/** Deletes a server, as somebody else would, and waits until it is gone. */
async function gone(id: string): Promise<void> {
  await deleteServer(session, id);
  await waitForServer(session, id, (server) => server === undefined, { timeoutMs: 180_000 });
}

/** Sets the tenant's port quota, as the devcloud's administrator. */
async function quota(project: string, ports: number): Promise<void> {
  const command = ["openstack", "quota", "set", "--ports", String(ports), "--force", project];
  succeeded(
    await run(process.execPath, ["cli/ovb.mjs", "devcloud", "exec", "--admin", "--inside", "--", ...command]),
  );
}
