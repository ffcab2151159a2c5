import { ComponentResource, CustomResource, runtime } from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { record, shortName } from "../../support/recorder";
import { diskContent, recordLab } from "../../support/recordLab";

const neutron = { timeouts: { create: "10m", delete: "3m" } };
const group = { timeouts: { delete: "3m" } };
const server = { deleteBeforeReplace: true, timeouts: { create: "15m", update: "15m", delete: "15m" } };
const port = { ...neutron, deleteBeforeReplace: true, replaceOnChanges: ["fixedIps[*].subnetId"] };

/** Every option of every resource of the dev lab. What is not here is not set: nothing is protected. */
const expected: Record<string, Record<string, unknown>> = {
  "ApplicationCredential ovb-dev-bmc": { deleteBeforeReplace: true, ignoreChanges: ["description"] },
  "BaremetalNode ovb-dev-node-0": {},
  "BaremetalNode ovb-dev-node-1": {},
  "Bmc ovb-dev-bmc": {},
  "FloatingIp ovb-dev-undercloud": neutron,
  "FloatingIpAssociate ovb-dev-undercloud": {
    deleteBeforeReplace: true,
    deletedWith: "FloatingIp ovb-dev-undercloud",
  },
  "Image ovb-dev-ipxe-disk": { timeouts: { create: "15m" } },
  "Image ovb-dev-ipxe-iso": { timeouts: { create: "15m" } },
  "Instance ovb-dev-bmc": { ...server, replaceOnChanges: ["imageId"] },
  "Instance ovb-dev-node-0": { ...server, ignoreChanges: ["powerState", "imageId", "imageName", "metadata"] },
  "Instance ovb-dev-node-1": { ...server, ignoreChanges: ["powerState", "imageId", "imageName", "metadata"] },
  "Instance ovb-dev-undercloud": { ...server, replaceOnChanges: ["imageId"] },
  "IpxeImage ovb-dev-ipxe-disk": {},
  "IpxeImage ovb-dev-ipxe-iso": {},
  "Network ovb-dev-access": neutron,
  "Network ovb-dev-ctlplane": neutron,
  "Port ovb-dev-bmc-access": port,
  "Port ovb-dev-bmc-ctlplane": port,
  "Port ovb-dev-node-0-ctlplane": port,
  "Port ovb-dev-node-1-ctlplane": port,
  // Neutron deletes it with the interface: for another router it takes another port.
  "Port ovb-dev-router-ctlplane": { ...port, replacementTrigger: "Router:ovb-dev-router" },
  "Port ovb-dev-undercloud-access": port,
  "Port ovb-dev-undercloud-ctlplane": port,
  "AccessNetwork ovb-dev-access": {},
  "ProvisioningNetwork ovb-dev-ctlplane": {},
  "Router ovb-dev-router": neutron,
  "RouterInterface ovb-dev-router-access": { ...neutron, deleteBeforeReplace: true },
  "RouterInterface ovb-dev-router-ctlplane": { ...neutron, deleteBeforeReplace: true },
  "SecGroup ovb-dev-access": group,
  "SecGroup ovb-dev-ctlplane": group,
  ...Object.fromEntries(
    ["access-ironic", "access-ping", "access-ssh", "ctlplane-any"].map((rule) => [
      `SecGroupRule ovb-dev-${rule}`,
      { ...group, deleteBeforeReplace: true, deletedWith: `SecGroup ovb-dev-${rule.split("-")[0]}` },
    ]),
  ),
  "Stash ovb-dev-owner": { ignoreChanges: ["input"] },
  "Stash ovb-dev-secret": { ignoreChanges: ["input"] },
  "Stash ovb-dev-undercloud-user-data": {
    ignoreChanges: ["input"],
    // What of the user data no running undercloud can be told, the password by a slow hash, and all else that replaces the VM.
    replacementTrigger: expect.stringMatching(
      /^[0-9a-f]{64} [\w+/]{43}= id-of-ovb-undercloud Port:ovb-dev-undercloud-access Port:ovb-dev-undercloud-ctlplane$/,
    ),
  },
  "Subnet ovb-dev-access": { ...neutron, deleteBeforeReplace: true, deletedWith: "Network ovb-dev-access" },
  "Subnet ovb-dev-ctlplane": {
    ...neutron,
    deleteBeforeReplace: true,
    deletedWith: "Network ovb-dev-ctlplane",
  },
  "SubnetRoute ovb-dev-ctlplane-169.254.169.254-32": {
    deleteBeforeReplace: true,
    deletedWith: "Subnet ovb-dev-ctlplane",
  },
  "Undercloud ovb-dev-undercloud": {},
  "VirtualBaremetalLab ovb-dev": {},
};

test("every option of every resource of the dev lab", async () => {
  const lab = await recordLab();
  expect(Object.fromEntries([...lab.byName].sort().map(([name, { options }]) => [name, options]))).toEqual(
    expected,
  );
});

test("a node's port whose addresses sync owns keeps them; every other option of every resource is the same", async () => {
  const lab = await recordLab({ ctlplane: { addressOwner: "sync" } });
  const bySync = { ...port, ignoreChanges: ["fixedIps", "allowedAddressPairs"] };
  const nodes = ["Port ovb-dev-node-0-ctlplane", "Port ovb-dev-node-1-ctlplane"];
  const options = Object.fromEntries([...lab.byName].sort().map(([name, each]) => [name, each.options]));
  expect(options).toEqual({ ...expected, ...Object.fromEntries(nodes.map((name) => [name, bySync])) });
});

test("another content of a file of the user's replaces the image", async () => {
  const lab = await recordLab({}, { ...diskContent, sha256: "0123abcd" });
  expect(lab.byName.get("Image ovb-dev-ipxe-disk")!.options).toEqual({
    replacementTrigger: "0123abcd",
    timeouts: { create: "15m" },
  });
});

test("each resource is the child of the component it belongs to", async () => {
  const lab = await recordLab();
  const children: Record<string, string[]> = {};
  for (const { urn, parent } of lab.registrations) {
    const of = parent ? shortName(parent) : "(top)";
    children[of] = [...(children[of] ?? []), shortName(urn)].sort();
  }
  expect(children).toEqual({
    "(top)": ["Stash ovb-dev-owner", "VirtualBaremetalLab ovb-dev"],
    "VirtualBaremetalLab ovb-dev": [
      "AccessNetwork ovb-dev-access",
      "ApplicationCredential ovb-dev-bmc",
      "BaremetalNode ovb-dev-node-0",
      "BaremetalNode ovb-dev-node-1",
      "Bmc ovb-dev-bmc",
      "IpxeImage ovb-dev-ipxe-disk",
      "IpxeImage ovb-dev-ipxe-iso",
      "ProvisioningNetwork ovb-dev-ctlplane",
      "Stash ovb-dev-secret",
      "Undercloud ovb-dev-undercloud",
    ],
    "AccessNetwork ovb-dev-access": [
      "Network ovb-dev-access",
      "Port ovb-dev-router-ctlplane",
      "Router ovb-dev-router",
      "RouterInterface ovb-dev-router-access",
      "RouterInterface ovb-dev-router-ctlplane",
      "SecGroup ovb-dev-access",
      "SecGroupRule ovb-dev-access-ironic",
      "SecGroupRule ovb-dev-access-ping",
      "SecGroupRule ovb-dev-access-ssh",
      "Subnet ovb-dev-access",
    ],
    "ProvisioningNetwork ovb-dev-ctlplane": [
      "Network ovb-dev-ctlplane",
      "SecGroup ovb-dev-ctlplane",
      "SecGroupRule ovb-dev-ctlplane-any",
      "Subnet ovb-dev-ctlplane",
      "SubnetRoute ovb-dev-ctlplane-169.254.169.254-32",
    ],
    "Undercloud ovb-dev-undercloud": [
      "FloatingIp ovb-dev-undercloud",
      "FloatingIpAssociate ovb-dev-undercloud",
      "Instance ovb-dev-undercloud",
      "Port ovb-dev-undercloud-access",
      "Port ovb-dev-undercloud-ctlplane",
      "Stash ovb-dev-undercloud-user-data",
    ],
    "Bmc ovb-dev-bmc": ["Instance ovb-dev-bmc", "Port ovb-dev-bmc-access", "Port ovb-dev-bmc-ctlplane"],
    "BaremetalNode ovb-dev-node-0": ["Instance ovb-dev-node-0", "Port ovb-dev-node-0-ctlplane"],
    "BaremetalNode ovb-dev-node-1": ["Instance ovb-dev-node-1", "Port ovb-dev-node-1-ctlplane"],
    "IpxeImage ovb-dev-ipxe-disk": ["Image ovb-dev-ipxe-disk"],
    "IpxeImage ovb-dev-ipxe-iso": ["Image ovb-dev-ipxe-iso"],
  });
});

describe("identity", () => {
  test("URNs stay what they are", async () => {
    const { registrations } = await recordLab();
    const urns = registrations.map(({ urn }) => urn);
    const message =
      "A URN of the dev lab has changed. To Pulumi another URN is another resource: the next `pulumi up` of every " +
      "lab that exists DELETES what has the old one and creates the new. Keep the type, name and parent; or give " +
      "the resource an alias of its old place (pulumi.Alias) and test that. If the change is meant, say so in " +
      "CHANGELOG.md and renew the list: npx vitest run --project unit test/unit/components/virtualBaremetalLab.options.test.ts -u";
    await expect(`${JSON.stringify(urns, null, 2)}\n`, message).toMatchFileSnapshot("golden-urns.json");
  });

  test("another node, or one less, leaves every other URN and input alone", async () => {
    const two = await recordLab();
    const three = await recordLab({ nodes: [{ count: 3 }] });
    const last = await recordLab({ nodes: [{ without: [0] }] });
    const own = (name: string) => [...two.byName].filter(([, { urn }]) => !urn.includes(name)).sort();
    for (const [name, { urn, inputs }] of own("nothing")) {
      expect(three.byName.get(name), name).toMatchObject({ urn, inputs });
    }
    expect([...last.byName.keys()].sort()).toEqual(own("ovb-dev-node-0").map(([name]) => name));
    for (const [name, { urn, inputs }] of own("ovb-dev-node-0")) {
      expect(last.byName.get(name), name).toMatchObject({ urn, inputs });
    }
  });

  test("two labs share no URN", async () => {
    const one = await recordLab({ lab: "one" });
    const two = await recordLab({ lab: "two" });
    const urns = [...one.registrations, ...two.registrations].map(({ urn }) => urn);
    expect(new Set(urns).size).toBe(urns.length);
  });
});

describe("the recorder itself", () => {
  class Thing extends CustomResource {
    constructor(type: string, name: string) {
      super(type, name, {});
    }
  }

  test("refuses a second resource with one URN, which Pulumi's mocks let pass", async () => {
    const twice = record(() => {
      new Thing("openstack:networking/router:Router", "r");
      new Thing("openstack:networking/router:Router", "r");
    });
    await expect(twice).rejects.toThrow("Two resources have the URN urn:pulumi:dev::ovb::openstack");
  });

  test("refuses types and look-ups that nobody expects", async () => {
    class Odd extends ComponentResource {
      constructor() {
        super("ovb:index:Odd", "odd");
      }
    }
    const odd = record(async () => {
      new Odd();
      new Thing("openstack:compute/keypair:Keypair", "k");
      await runtime.invoke("openstack:dns/getDnsZone:getDnsZone", {});
    });
    await expect(odd).rejects.toThrow(/component type ovb:index:Odd \(odd\)/);
    await expect(odd).rejects.toThrow(/resource type openstack:compute\/keypair:Keypair \(k\)/);
    await expect(odd).rejects.toThrow(/look-up openstack:dns\/getDnsZone:getDnsZone/);
  });
});
