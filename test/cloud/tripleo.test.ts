import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { getServer, listServersDetail } from "../../openstack/nova";
import { inventory, session } from "./tenant";
import { run, succeeded, TestLab } from "./testLab";

/*
 * A TripleO lab with high availability: three controllers with VIPs and a second NIC, one compute node, an undercloud of
 * the user's own. No VM of it has to boot anything, so a cloud with fake compute does as well.
 */
const python = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"),
  "ovb/python-inventory-readers/bin/python",
);
const vips = ["192.0.2.250", "192.0.2.251"];
const lab = new TestLab("tripleo", {
  lab: "ovb-tripleo",
  undercloud: {
    kind: "custom",
    image: "debian-13",
    flavor: "m1.small",
    userData: "#!/bin/sh\ntrue\n",
    vips: ["192.0.2.241", "192.0.2.242"],
  },
  bmc: { address: "192.0.2.249", readinessTimeout: 0 },
  networks: [{ name: "tenant", dhcp: false }],
  nodes: [
    { name: "control", count: 3, profile: "control", networks: ["tenant"], vips },
    { name: "compute", count: 1, profile: "compute", networks: ["tenant"] },
  ],
});
const folder = mkdtempSync(join(tmpdir(), "ovb-tripleo-"));
let before: Awaited<ReturnType<typeof inventory>>;

beforeAll(async () => {
  before = await inventory();
  succeeded(await lab.up());
});

afterAll(async () => {
  await lab.destroy();
  lab.remove();
  rmSync(folder, { recursive: true });
});

test("has its machines, off, each with both NICs", async () => {
  const servers = await listServersDetail(session, { tags: ["ovb:lab=ovb-tripleo"] });
  const nodes = servers.filter(({ name }) => /-(control|compute)-\d$/.test(name));
  expect(nodes).toHaveLength(4);
  for (const { id } of nodes) {
    const { status, addresses } = await getServer(session, id);
    expect([status, Object.keys(addresses ?? {}).sort()]).toEqual([
      "SHUTOFF",
      ["ovb-tripleo-ctlplane", "ovb-tripleo-tenant"],
    ]);
  }
});

test("controllers may hold the VIPs, the compute node may not", async () => {
  for (const node of lab.plan.nodes) {
    const { ports } = await session.request<{ ports: { allowed_address_pairs: { ip_address: string }[] }[] }>(
      "network",
      "GET",
      `/ports?mac_address=${node.mac}`,
    );
    const pairs = ports[0]!.allowed_address_pairs.map(({ ip_address }) => ip_address.replace("/32", ""));
    expect([node.key, pairs.sort()]).toEqual([node.key, node.key.startsWith("control") ? vips : []]);
  }
});

test.skipIf(!existsSync(python))(
  `its nodes.json is what tripleo-common takes${existsSync(python) ? "" : `: skipped, ${python} is not there`}`,
  async () => {
    const file = join(folder, "instackenv.json");
    succeeded(await lab.ovb("inventory", ["--format", "instackenv", "-o", file]));
    const script =
      "import json, sys\n" +
      "from tripleo_common.utils import nodes\n" +
      "listed = json.load(open(sys.argv[1]))['nodes']\n" +
      "nodes.validate_nodes(listed)\n" +
      "print([nodes.capabilities_to_dict(node['capabilities'])['profile'] for node in listed])\n";
    const { stdout } = succeeded(await run(python, ["-c", script, file]));
    expect(stdout.trim()).toBe("['control', 'control', 'control', 'compute']");
    const { nodes } = JSON.parse(readFileSync(file, "utf8")) as { nodes: { ports: unknown[] }[] };
    expect(nodes.map(({ ports }) => ports.length)).toEqual([2, 2, 2, 2]);
  },
);

test("destroy leaves nothing", async () => {
  succeeded(await lab.destroy());
  expect(await inventory()).toEqual(before);
});
