import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { authFromEnvironment } from "../../openstack/auth";
import { Session } from "../../openstack/session";
import { type Resource, tenantInventory } from "../../tenant/inventory";
import { markOf } from "../../tenant/whose";
import { findBuiltToolchain } from "../../toolchain/builtToolchain";
import { MemoryCloud } from "../support/memoryCloud/cloud";
import { MemoryLab } from "../support/memoryCloud/lab";

// The program, the engine and the plugin as they are, on a cloud in memory: no root.
const built = findBuiltToolchain();
const skipped = "SKIPPED: no built Pulumi for these sources in the cache (npm run devcloud -- prepare)";

let cloud: MemoryCloud;
let folder: string;
beforeEach(async () => {
  cloud = await MemoryCloud.start();
  folder = mkdtempSync(join(tmpdir(), "ovb-take-over-test-"));
  writeFileSync(
    join(folder, "disk.qcow2"),
    Buffer.concat([Buffer.from("514649fb00000003", "hex"), Buffer.alloc(600)]),
  );
});
afterEach(async () => {
  await cloud.stop();
  rmSync(folder, { recursive: true });
});

const iso = { source: "existing", name: "ipxe-iso" };
const readinessTimeout = 0;
const labs = (): [string, Record<string, unknown>][] => [
  [
    "with everything of its own",
    { images: { disk: { source: "file", path: join(folder, "disk.qcow2"), format: "qcow2" }, iso } },
  ],
  [
    "on networks and a router of others, with an undercloud of the user's, more networks, a NIC for each node's BMC",
    {
      undercloud: { kind: "custom", userData: "#cloud-config\npassword: secret\n" },
      access: { network: "private", router: "router" },
      networks: [
        { name: "extra", cidr: "198.51.100.0/24" },
        { name: "storage", network: "storage" },
      ],
      nodes: [{ count: 2, networks: ["extra", "storage"] }],
      ctlplane: { addressOwner: "sync" },
      bmc: { mode: "nic", readinessTimeout },
    },
  ],
];

/** Everything by kind and name, and its id. */
const idsOf = (tenant: readonly Resource[]) =>
  Object.fromEntries(
    tenant
      .filter(({ name }) => name !== "public")
      .map(({ kind, name, id, networkId, deviceOwner }) => [
        `${kind} ${name || `${deviceOwner} ${networkId}`}`,
        id,
      ]),
  );

describe.skipIf(!built)(built ? "a lab whose state is lost" : skipped, () => {
  test.each([0, 1])("is taken over with its nodes, networks, ports and addresses (lab %i)", async (which) => {
    const [, config] = labs()[which]!;
    const { resources } = cloud.neutron;
    const made = (collection: "networks" | "subnets" | "routers", singular: string, fields: object) => {
      cloud.neutron.answer({ ...post, path: [collection], body: { [singular]: fields } });
      return [...resources[collection].values()].at(-1) as { id: string };
    };
    const subnetOf = (name: string, cidr: string) => {
      const { id: network_id } = made("networks", "network", { name });
      return made("subnets", "subnet", { network_id, cidr, ip_version: 4 });
    };
    // The way that a floating IP of the undercloud on an existing network takes.
    const external = [...resources.networks.values()].find((one) => one["router:external"]);
    const router = made("routers", "router", {
      name: "router",
      external_gateway_info: { network_id: external.id },
    });
    const joined = { subnet_id: subnetOf("private", "10.9.0.0/24").id };
    cloud.neutron.answer({
      ...post,
      method: "PUT",
      path: ["routers", router.id, "add_router_interface"],
      body: joined,
    });
    subnetOf("storage", "10.9.1.0/24");
    const raw = { lab: "lab", ...config };
    const one = new MemoryLab(cloud, built!, raw);
    const two = new MemoryLab(cloud, built!, raw);
    try {
      await one.up();
      // As Nova has it when Ironic has deployed one.
      const servers = () => [...cloud.nova.servers.values()];
      servers().find(({ name }) => name === "lab-node-1")!.status = "ACTIVE";

      const session = new Session(authFromEnvironment(cloud.environment));
      const before = await tenantInventory(session);
      const everything = () => JSON.stringify([cloud.neutron.resources, servers()], mapsToo);

      // Nothing but a look.
      const looked = await two.ovb("take-over", "--dry-run");
      expect(looked).toMatchObject({ status: 0 });
      expect(looked.text).toMatch(/taken over +server +lab-node-0 +\S+\n/);

      // A cloud that fails in the middle of the import: the lab is as it was, and whose it was.
      const was = everything();
      const { id: subnet } = before.find(({ kind, name }) => kind === "subnet" && name === "lab-ctlplane")!;
      cloud.fault = (method, path) =>
        method === "GET" && path.endsWith(`/${subnet}`) ? { status: 500, json: {} } : undefined;
      const failed = await two.ovb("take-over", "--yes");
      expect(failed.status).toBe(1);
      expect(failed.text).toContain("the same command goes on from there");
      cloud.fault = () => undefined;
      await expect(two.up()).rejects.toThrow(); // refused: it is another stack's
      expect(everything()).toBe(was);

      const taken = await two.ovb("take-over", "--yes");
      expect(taken.text).toMatch(/The lab lab is the stack memory's/);
      expect(taken.status).toBe(0);

      const after = await tenantInventory(session);
      const made = ["server lab-bmc", "application credential lab-bmc"];
      // Of an undercloud without Ironic the configuration has all that it was made of.
      if (which === 0) made.push("server lab-undercloud");
      const [were, are] = [idsOf(before), idsOf(after)];
      expect(Object.keys(are).sort()).toEqual(Object.keys(were).sort());
      const changed = Object.keys(are).filter((key) => are[key] !== were[key]);
      expect(changed.sort()).toEqual(made.sort());
      expect(servers().find(({ name }) => name === "lab-node-0")).toMatchObject({ status: "SHUTOFF" });
      expect(servers().find(({ name }) => name === "lab-node-1")).toMatchObject({ status: "ACTIVE" });

      // Everything bears one mark, the new one, and the state has what the program has.
      const marks = new Set(after.map((resource) => markOf(resource)?.owner).filter((mark) => mark));
      expect(marks.size).toBe(1);
      expect(marks).not.toContain(markOf(before.find(({ name }) => name === "lab-node-0")!)?.owner);
      const urns = async (lab: MemoryLab) =>
        (await lab.state()).deployment.resources.map(({ urn }) => urn).sort();
      expect(await urns(two)).toEqual(await urns(one));
      const again = await two.up();
      expect(Object.keys(again)).toEqual(["same"]);

      // The other state can do it no harm.
      await expect(one.up()).rejects.toThrow();
      expect(idsOf(await tenantInventory(session))).toEqual(are);
    } finally {
      one.remove();
      two.remove();
    }
  });
});

/** For JSON.stringify: a map as its values. */
const mapsToo = (_: string, value: unknown) => (value instanceof Map ? [...value.values()] : value);

const post = { method: "POST", query: new URLSearchParams() };
