import { ComponentResource, isSecret, output, RunError, runtime } from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import program from "../../index";
import { createLab } from "../../lab";
import { openstackPluginVersion } from "../../openstack/plugin";
import type { Inventory } from "../../plan/inventory/inventory";
import { endpointDigests } from "../../plan/lab/bmcReadiness";
import { labKey } from "../../plan/lab/labKey";
import type { LabInput } from "../../plan/lab/schema/configSchema";
import { FakeCloud } from "../support/fakeOpenstack";
import { credentialSecret, record, resourceTypes } from "../support/recorder";
import { recordLab } from "../support/recordLab";

const existing = JSON.stringify({
  disk: { source: "existing", name: "ipxe" },
  iso: { source: "existing", name: "ipxe-iso" },
});

const answers = {
  "openstack:networking/getNetwork:getNetwork": () => ({ id: "id-of-public" }),
  "openstack:images/getImage:getImage": ({ name }: Record<string, unknown>) => ({ id: `id-of-${name}` }),
  "openstack:identity/getAuthScope:getAuthScope": () => ({
    region: "RegionOne",
    serviceCatalogs: Object.entries({ identity: "5000/v3", compute: "8774/v2.1", image: "9292" }).map(
      ([type, place]) => ({
        type,
        endpoints: [
          {
            interface: "public",
            region: "RegionOne",
            regionId: "RegionOne",
            url: `https://cloud.example:${place}`,
          },
        ],
      }),
    ),
  }),
  "openstack:compute/getFlavor:getFlavor": () => ({ id: "1", vcpus: 2, ram: 4096, disk: 20 }),
};

afterEach(() => runtime.setAllConfig({}));

/** What the stack's outputs hold once everything is there. */
function settled<T>(value: T): Promise<unknown> {
  return new Promise((resolve) => output(value).apply(resolve));
}

test("without a floating IP, Ironic's API is where the undercloud is on the access network, by IPv4", async () => {
  runtime.setAllConfig({
    "ovb:images": existing,
    "ovb:bmc": '{"readinessTimeout":0}',
    "ovb:undercloud": '{"floatingIp":false}',
  });
  const { result } = await record(program, answers);
  expect(await settled(result.undercloud)).toEqual({ address: "192.0.2.240", accessAddress: "203.0.113.7" });
  expect(await settled(result.ironic)).toMatchObject({ url: "https://203.0.113.7:13385" });
});

test("the stack's outputs are the contract's, and the nodes' file is a secret", async () => {
  runtime.setAllConfig({ "ovb:images": existing, "ovb:bmc": '{"readinessTimeout":0}' });
  const { result } = await record(program, answers);
  const { nodesJson, inventory, ...open } = result;
  const { publicKey, privateKey } = labKey(credentialSecret, "ovb-dev");
  expect(await settled(open)).toEqual({
    undercloud: { address: "192.0.2.240", floatingIp: "198.18.0.7", accessAddress: "203.0.113.7" },
    bmc: { address: "192.0.2.241" },
    ironic: {
      url: "https://198.18.0.7:13385",
      username: "admin",
      password: expect.any(String),
      pin: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
      settings: { authorizedKeys: [publicKey], kernel: null, ramdisk: null, automatedClean: false },
    },
    ssh: { publicKey, privateKey },
    nodes: {
      "ovb-dev-node-0": {
        id: "Instance:ovb-dev-node-0",
        mac: expect.stringMatching(/^20:57:f8:/),
        bmc: { address: "192.0.2.241", port: 6230 },
        redfishSystemId: "node-0",
      },
      "ovb-dev-node-1": {
        id: "Instance:ovb-dev-node-1",
        mac: expect.stringMatching(/^20:57:f8:/),
        bmc: { address: "192.0.2.241", port: 6231 },
        redfishSystemId: "node-1",
      },
    },
    provisioning: { cidr: "192.0.2.0/24", mtu: 1400, bootUrl: "http://192.0.2.240:8088" },
  });
  expect(await isSecret(nodesJson)).toBe(true);
  expect(await isSecret(inventory)).toBe(true);
  expect(await isSecret(open.ssh!)).toBe(true);
  expect(await settled(inventory)).toMatchObject({
    undercloud: { floatingIp: "198.18.0.7" },
    nodes: [{ key: "node-0", vcpus: 2, memoryMiB: 4096, diskGiB: 20 }, { key: "node-1" }],
  });
  expect(await isSecret(output(open.nodes))).toBe(false);
  expect(JSON.parse(String(await settled(nodesJson))).nodes).toHaveLength(2);
});

test("every resource and every look-up asks for one release of the plugin, not for the installed SDK's own", async () => {
  runtime.setAllConfig({
    "ovb:access": '{"network":"private","router":"router"}',
    "ovb:networks": '[{"name":"tenant"},{"name":"office","network":"of-others"}]',
    "ovb:nodes": '[{"networks":["tenant","office"]}]',
    "ovb:bmc": '{"readinessTimeout":0}',
    "ovb:images": existing,
  });
  const getRouter = { "openstack:networking/getRouter:getRouter": () => ({ id: "id-of-router" }) };
  const others = await record(program, { ...answers, ...getRouter });
  const own = await recordLab();
  const asked = [others, own].flatMap(({ calls, registrations }) => [
    ...calls,
    ...registrations.filter(({ custom }) => custom).map(({ type, version }) => ({ token: type, version })),
  ]);
  // All kinds that the components know, or this proves less than it says.
  const kinds = new Set(asked.map(({ token }) => token));
  expect([...kinds].filter((token) => !token.includes("/get")).sort()).toEqual(resourceTypes);
  expect([...kinds].filter((token) => token.includes("/get")).sort()).toEqual([
    "openstack:compute/getFlavor:getFlavor",
    "openstack:identity/getAuthScope:getAuthScope",
    "openstack:images/getImage:getImage",
    "openstack:networking/getNetwork:getNetwork",
    "openstack:networking/getRouter:getRouter",
  ]);
  // A Stash is the engine's own.
  const ofPlugin = asked.filter(({ token }) => token.startsWith("openstack:"));
  expect(ofPlugin.filter(({ version }) => version !== openstackPluginVersion)).toEqual([]);
});

test("a lab without a BMC has no such output: Pulumi warns about undefined ones", async () => {
  runtime.setAllConfig({
    "ovb:images": existing,
    "ovb:bmc": '{"enabled":false}',
    "ovb:undercloud": '{"kind":"boot-server"}',
  });
  const { result } = await record(program, answers);
  expect(Object.keys(result).sort()).toEqual([
    "inventory",
    "nodes",
    "nodesJson",
    "provisioning",
    "undercloud",
  ]);
});

test("the MAC of a NIC on a network of others comes from the port that was made", async () => {
  const networks = [{ name: "office", network: "of-others" }];
  const nodes = [{ count: 1, networks: ["office"] }];
  runtime.setAllConfig({
    "ovb:images": existing,
    "ovb:networks": JSON.stringify(networks),
    "ovb:nodes": JSON.stringify(nodes),
    "ovb:bmc": '{"readinessTimeout":0}',
  });
  const { result } = await record(program, answers);
  const { nodes: listed } = (await settled(result.inventory)) as Inventory;
  expect(listed[0]!.ports).toEqual([
    { network: "ctlplane", mac: expect.stringMatching(/^20:57:f8:/) },
    { network: "office", mac: "fa:16:3e:00:00:07" },
  ]);
});

describe("createLab, for a program of another's", () => {
  const images = JSON.parse(existing);
  const config: LabInput = { images, nodes: [{ count: 1 }], bmc: { readinessTimeout: 0 } };

  test("makes a lab of that name beneath what it is told, and returns the stack's outputs", async () => {
    const { result, registrations } = await record(async () => {
      const parent = new ComponentResource("ovb:index:Bmc", "platform");
      return createLab("mine", config, { parent });
    }, answers);
    expect(Object.keys(result.nodes)).toEqual(["mine-node-0"]);
    expect(result.provisioning.cidr).toBe("192.0.2.0/24");
    const urns = registrations.map(({ urn }) => urn.replace(/.*::ovb::/, ""));
    expect(urns).toContain("ovb:index:Bmc$ovb:index:VirtualBaremetalLab::mine");
    expect(urns).toContain("ovb:index:Bmc$pulumi:index:Stash::mine-owner");
  });

  test("refuses what is no configuration", async () => {
    const mistake = { ...config, nodes: [{ count: 1, flavor: " " }] };
    const made = record(() => createLab("mine", mistake), answers);
    await expect(made).rejects.toThrow(/ovb:nodes\[0\]\.flavor/);
  });
});

const environment = { ...process.env };

async function fakeCloud(): Promise<FakeCloud> {
  const cloud = (await new FakeCloud().start()).emptyTenant();
  cloud.offering("public", "ipxe", "ipxe-iso", "ovb-undercloud", "debian-13");
  Object.assign(process.env, {
    OS_AUTH_URL: `${cloud.origin}/identity`,
    ...{ OS_USERNAME: "u", OS_PASSWORD: "p", OS_PROJECT_NAME: "p", OS_USER_DOMAIN_NAME: "Default" },
  });
  return cloud;
}

describe("a lab's name that is another stack's on the tenant is refused before anything is made", () => {
  let cloud: FakeCloud;
  beforeEach(async () => {
    cloud = await fakeCloud();
  });
  afterEach(async () => {
    process.env = { ...environment };
    await cloud.stop();
  });

  const have = (...owners: (string | undefined)[]) =>
    cloud.networking(
      "networks",
      { id: "public", "router:external": true },
      ...owners.map((owner, i) => ({
        id: `network-${i}`,
        tags: ["ovb", "ovb:lab=ovb-dev", ...(owner === undefined ? [] : [`ovb:owner=${owner}`])],
      })),
    );
  const run = (options: { preview?: boolean } = {}) => {
    runtime.setAllConfig({ "ovb:images": existing, "ovb:bmc": '{"readinessTimeout":0}' });
    return record(program, answers, options);
  };

  test("by its mark, and what was refused registers nothing that bears a mark", async () => {
    have("two.ffffffffffffffff");
    const registered: string[] = [];
    const failed = record(program, answers, { seen: (type) => registered.push(type) });
    runtime.setAllConfig({ "ovb:images": existing, "ovb:bmc": '{"readinessTimeout":0}' });
    await expect(failed).rejects.toThrow(RunError);
    await expect(failed).rejects.toThrow(
      /ovb-dev on this tenant is not this stack's, so nothing was made.*by the stack two .*\n {2}- network: network-0/,
    );
    expect(registered.filter((type) => type.startsWith("openstack:"))).toEqual([]);
  });

  test("in a preview as well, where a new stack has no mark yet", async () => {
    have("two.ffffffffffffffff");
    await expect(run({ preview: true })).rejects.toThrow(/not this stack's/);
    have();
    await expect(run({ preview: true })).resolves.toBeDefined();
  });

  test("its own mark is no hindrance; what bears none is, where no output of the stack names a server of it", async () => {
    have("dev.Stash:ovbdevowne");
    await expect(run()).resolves.toBeDefined();
    have(undefined);
    await expect(run()).rejects.toThrow(/a version of ovb without marks/);
  });

  test("`ovb up`, which has the state, looks by itself", async () => {
    have(undefined);
    process.env.OVB_CHECKED_CLAIM = "ovb-dev";
    await expect(run()).resolves.toBeDefined();
    // The tenant is looked at all the same; the list of credentials, which a claim needs, is not asked for.
    expect(cloud.to("GET /identity/v3/users/user-1/application_credentials")).toEqual([]);
  });
});

describe("an update ends once the BMC answers for every node, by its console", () => {
  let nova: FakeCloud;

  beforeEach(async () => {
    nova = await fakeCloud();
    process.env.OVB_CHECKED_CLAIM = "ovb-dev";
  });
  afterEach(async () => {
    process.env = { ...environment };
    await nova.stop();
  });

  /** The console of the BMC whose agent knows these ports. */
  const consoleOf = (ports: number[]) => {
    const endpoints = ports.map((port, i) => ({ key: `node-${i}`, address: "192.0.2.241", port }));
    const json = {
      time: "now",
      event: "ready",
      lab: "ovb-dev",
      nodes: ports.length,
      answers: endpointDigests(endpoints),
    };
    return { json: { output: `boot\n${JSON.stringify(json)}\n` } };
  };
  const run = (timeout: number, ports: number[]) => {
    nova.on("POST /compute/v2.1/servers/Instance%3Aovb-dev-bmc/action", consoleOf(ports));
    runtime.setAllConfig({ "ovb:images": existing, "ovb:bmc": `{"readinessTimeout":${timeout}}` });
    return record(program, answers);
  };

  test("both nodes", async () => {
    const { result } = await run(60, [6230, 6231]);
    expect(Object.keys(result.nodes)).toHaveLength(2);
    expect(nova.to("POST /compute/v2.1/servers/Instance%3Aovb-dev-bmc/action")).toHaveLength(1);
  });

  test("one is not enough, which is a RunError with the console", async () => {
    const failed = run(1, [6230]);
    await expect(failed).rejects.toThrow(RunError);
    await expect(failed).rejects.toThrow(
      /answers for 1 nodes, and not yet for all of these 2.*\n--- end of the console/,
    );
  });
});

test("a wrong configuration is one RunError with every problem, and nothing is asked or registered", async () => {
  runtime.setAllConfig({ "ovb:ctlplane": '{"mtu":12}', "ovb:colour": "blue" });
  const failed = record(program); // any look-up would be an error of its own
  await expect(failed).rejects.toThrow(RunError);
  await expect(failed).rejects.toThrow(
    /ovb:colour.*\n.*ovb:ctlplane\.mtu 12|ovb:ctlplane\.mtu 12.*\n.*ovb:colour/,
  );
});
