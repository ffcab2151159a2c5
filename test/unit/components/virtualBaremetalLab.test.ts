import { describe, expect, test } from "vitest";
import { pollFloor } from "../../support/providerPolls";
import { credentialSecret, type Registration } from "../../support/recorder";
import { inputsOf, recordLab } from "../../support/recordLab";

const lab = ["ovb", "ovb:lab=ovb-dev"];
/** Made of the stack's name and of the id that the mocks give its Stash. */
const owner = "ovb:owner=dev.Stash:ovbdevowne";
const tags = [...lab, owner];
const mark = `ovb:lab=ovb-dev ${owner}`;
const role = (name: string, ...more: string[]) => [...lab, `ovb:role=${name}`, ...more, owner];
const ctlplaneIp = (ipAddress: string) => [{ ipAddress, subnetId: "Subnet:ovb-dev-ctlplane" }];
const onLink = [{ name: "classless-static-route", value: "192.0.2.0/24,0.0.0.0", ipVersion: 4 }];
const boot = [
  { name: "bootfile-name", value: "http://192.0.2.240:8088/boot.ipxe", ipVersion: 4 },
  { name: "tftp-server", value: "192.0.2.240", ipVersion: 4 },
  { name: "server-ip-address", value: "192.0.2.240", ipVersion: 4 },
  { name: "router", value: "192.0.2.1", ipVersion: 4 },
  {
    name: "classless-static-route",
    value: "169.254.169.254/32,192.0.2.240,0.0.0.0/0,192.0.2.1",
    ipVersion: 4,
  },
];

describe("the dev lab", () => {
  test("is these resources with these inputs, and nothing else", async () => {
    const lab = await recordLab();
    const { bmc, undercloud } = lab.plan;
    expect(inputsOf(lab)).toEqual({
      "ApplicationCredential ovb-dev-bmc": {
        name: "ovb-dev-bmc",
        description: `What the BMC asks the cloud with; made and removed by Pulumi (${mark})`,
        unrestricted: false,
        accessRules: [{ service: "compute", method: "GET", path: "/v2.1/servers/detail" }],
      },
      "FloatingIp ovb-dev-undercloud": {
        pool: "public",
        description: `ovb-dev-undercloud (${mark})`,
        tags: role("undercloud"),
      },
      "FloatingIpAssociate ovb-dev-undercloud": {
        floatingIp: "198.18.0.7",
        portId: "Port:ovb-dev-undercloud-access",
      },
      "Image ovb-dev-ipxe-disk": {
        name: "ovb-dev-ipxe-disk",
        containerFormat: "bare",
        diskFormat: "qcow2",
        localFilePath: "build/ipxe-disk.qcow2",
        imageCachePath: "build/image-cache",
        visibility: "private",
        properties: { hw_firmware_type: "bios", os_shutdown_timeout: "1" },
        tags,
      },
      "Image ovb-dev-ipxe-iso": {
        name: "ovb-dev-ipxe-iso",
        containerFormat: "bare",
        diskFormat: "iso",
        localFilePath: "build/ipxe.iso",
        imageCachePath: "build/image-cache",
        visibility: "private",
        properties: { hw_rescue_bus: "ide", hw_rescue_device: "cdrom" },
        tags,
      },
      "Instance ovb-dev-bmc": {
        name: "ovb-dev-bmc",
        flavorId: "id-of-m1.small",
        imageId: "id-of-debian-13",
        configDrive: true,
        networks: [{ port: "Port:ovb-dev-bmc-access" }, { port: "Port:ovb-dev-bmc-ctlplane" }],
        // A secret of Pulumi's: gzip in base64.
        userData: expect.objectContaining({ value: expect.stringMatching(/^H4sI[A-Za-z0-9+/]+=*$/) }),
        tags: role("bmc"),
      },
      "Instance ovb-dev-node-0": {
        name: "ovb-dev-node-0",
        flavorId: "id-of-baremetal",
        imageId: "Image:ovb-dev-ipxe-disk",
        configDrive: false,
        networks: [{ port: "Port:ovb-dev-node-0-ctlplane" }],
        powerState: "shutoff",
        tags: role("node", "ovb:ipmi=6230"),
      },
      "Instance ovb-dev-node-1": {
        name: "ovb-dev-node-1",
        flavorId: "id-of-baremetal",
        imageId: "Image:ovb-dev-ipxe-disk",
        configDrive: false,
        networks: [{ port: "Port:ovb-dev-node-1-ctlplane" }],
        powerState: "shutoff",
        tags: role("node", "ovb:ipmi=6231"),
      },
      "Instance ovb-dev-undercloud": {
        name: "ovb-dev-undercloud",
        flavorId: "id-of-undercloud",
        imageId: "id-of-ovb-undercloud",
        configDrive: true,
        networks: [{ port: "Port:ovb-dev-undercloud-access" }, { port: "Port:ovb-dev-undercloud-ctlplane" }],
        // A secret of Pulumi's: Ironic's password is in there (plan-ironic.test.ts).
        userData: expect.objectContaining({ value: expect.stringMatching(/^H4sI[A-Za-z0-9+/]+=*$/) }),
        tags: role("undercloud"),
      },
      "Network ovb-dev-access": { name: "ovb-dev-access", description: mark, tags },
      "Network ovb-dev-ctlplane": { name: "ovb-dev-ctlplane", description: mark, mtu: 1400, tags },
      "Port ovb-dev-bmc-access": {
        name: "ovb-dev-bmc-access",
        description: mark,
        networkId: "Network:ovb-dev-access",
        fixedIps: [{ subnetId: "Subnet:ovb-dev-access" }],
        securityGroupIds: ["SecGroup:ovb-dev-access"],
        tags: role("bmc"),
      },
      "Port ovb-dev-bmc-ctlplane": {
        name: "ovb-dev-bmc-ctlplane",
        description: mark,
        networkId: "Network:ovb-dev-ctlplane",
        macAddress: bmc?.ports[1]?.mac,
        fixedIps: ctlplaneIp("192.0.2.241"),
        extraDhcpOptions: onLink,
        securityGroupIds: ["SecGroup:ovb-dev-ctlplane"],
        tags: role("bmc"),
      },
      "Port ovb-dev-node-0-ctlplane": {
        name: "ovb-dev-node-0-ctlplane",
        description: mark,
        networkId: "Network:ovb-dev-ctlplane",
        macAddress: lab.plan.nodes[0]?.mac,
        fixedIps: ctlplaneIp("192.0.2.10"),
        extraDhcpOptions: boot,
        securityGroupIds: ["SecGroup:ovb-dev-ctlplane"],
        tags: role("node"),
      },
      "Port ovb-dev-node-1-ctlplane": {
        name: "ovb-dev-node-1-ctlplane",
        description: mark,
        networkId: "Network:ovb-dev-ctlplane",
        macAddress: lab.plan.nodes[1]?.mac,
        fixedIps: ctlplaneIp("192.0.2.11"),
        extraDhcpOptions: boot,
        securityGroupIds: ["SecGroup:ovb-dev-ctlplane"],
        tags: role("node"),
      },
      "Port ovb-dev-router-ctlplane": {
        name: "ovb-dev-router-ctlplane",
        description: mark,
        networkId: "Network:ovb-dev-ctlplane",
        fixedIps: [{ ipAddress: "192.0.2.1", subnetId: "Subnet:ovb-dev-ctlplane" }],
        noSecurityGroups: true,
        tags,
      },
      "Port ovb-dev-undercloud-access": {
        name: "ovb-dev-undercloud-access",
        description: mark,
        networkId: "Network:ovb-dev-access",
        fixedIps: [{ subnetId: "Subnet:ovb-dev-access" }],
        securityGroupIds: ["SecGroup:ovb-dev-access"],
        tags: role("undercloud"),
      },
      "Port ovb-dev-undercloud-ctlplane": {
        name: "ovb-dev-undercloud-ctlplane",
        description: mark,
        networkId: "Network:ovb-dev-ctlplane",
        macAddress: undercloud!.ports[1]?.mac,
        fixedIps: ctlplaneIp("192.0.2.240"),
        extraDhcpOptions: onLink,
        allowedAddressPairs: [{ ipAddress: "169.254.169.254/32" }],
        securityGroupIds: ["SecGroup:ovb-dev-ctlplane"],
        tags: role("undercloud"),
      },
      "Router ovb-dev-router": {
        name: "ovb-dev-router",
        description: mark,
        externalNetworkId: "id-of-public",
        tags,
      },
      "RouterInterface ovb-dev-router-access": {
        routerId: "Router:ovb-dev-router",
        subnetId: "Subnet:ovb-dev-access",
      },
      "RouterInterface ovb-dev-router-ctlplane": {
        routerId: "Router:ovb-dev-router",
        portId: "Port:ovb-dev-router-ctlplane",
      },
      "SecGroup ovb-dev-access": {
        name: "ovb-dev-access",
        description: `${lab.plan.securityGroups[0]?.description} (${mark})`,
        tags,
      },
      "SecGroup ovb-dev-ctlplane": {
        name: "ovb-dev-ctlplane",
        description: `${lab.plan.securityGroups[1]?.description} (${mark})`,
        tags,
      },
      "SecGroupRule ovb-dev-access-ironic": {
        ...ingress("ovb-dev-access", "ovb-dev-access-ironic"),
        protocol: "tcp",
        portRangeMin: 13385,
        portRangeMax: 13385,
        remoteIpPrefix: "0.0.0.0/0",
      },
      "SecGroupRule ovb-dev-access-ping": {
        ...ingress("ovb-dev-access", "ovb-dev-access-ping"),
        protocol: "icmp",
        remoteIpPrefix: "0.0.0.0/0",
      },
      "SecGroupRule ovb-dev-access-ssh": {
        ...ingress("ovb-dev-access", "ovb-dev-access-ssh"),
        protocol: "tcp",
        portRangeMin: 22,
        portRangeMax: 22,
        remoteIpPrefix: "0.0.0.0/0",
      },
      "SecGroupRule ovb-dev-ctlplane-any": ingress("ovb-dev-ctlplane", "ovb-dev-ctlplane-any"),
      "Stash ovb-dev-owner": { input: "dev" },
      // A secret of Pulumi's: what Keystone made.
      "Stash ovb-dev-secret": { input: expect.objectContaining({ value: credentialSecret }) },
      "Stash ovb-dev-undercloud-user-data": {
        input: expect.objectContaining({ value: expect.stringMatching(/^H4sI[A-Za-z0-9+/]+=*$/) }),
      },
      "Subnet ovb-dev-access": {
        name: "ovb-dev-access",
        description: mark,
        networkId: "Network:ovb-dev-access",
        cidr: "203.0.113.0/24",
        ipVersion: 4,
        gatewayIp: "203.0.113.1",
        enableDhcp: true,
        tags,
      },
      "Subnet ovb-dev-ctlplane": {
        name: "ovb-dev-ctlplane",
        description: mark,
        networkId: "Network:ovb-dev-ctlplane",
        cidr: "192.0.2.0/24",
        ipVersion: 4,
        noGateway: true,
        enableDhcp: true,
        dnsNameservers: ["8.8.8.8", "8.8.4.4"],
        allocationPools: [{ start: "192.0.2.30", end: "192.0.2.199" }],
        tags,
      },
      "SubnetRoute ovb-dev-ctlplane-169.254.169.254-32": {
        subnetId: "Subnet:ovb-dev-ctlplane",
        destinationCidr: "169.254.169.254/32",
        nextHop: "192.0.2.240",
      },
    });
  });

  function ingress(group: string, description: string) {
    return { securityGroupId: `SecGroup:${group}`, description, direction: "ingress", ethertype: "IPv4" };
  }

  test("waits for nothing but what it truly needs", async () => {
    const lab = await recordLab();
    const port = (network: string) => [
      `Network ovb-dev-${network}`,
      `SecGroup ovb-dev-${network}`,
      `Subnet ovb-dev-${network}`,
    ];
    const owner = "Stash ovb-dev-owner";
    const others = ({ waitsFor }: Registration) => waitsFor.filter((name) => name !== owner);
    const waits = [...lab.byName].filter(([, r]) => others(r).length > 0).sort();
    // The owner's mark is the engine's own, made in no time: whatever bears it waits for it.
    for (const [name, { inputs, waitsFor }] of lab.byName)
      expect(waitsFor.includes(owner), name).toBe(JSON.stringify(inputs).includes("ovb:owner="));
    expect(Object.fromEntries(waits.map(([name, r]) => [name, others(r)]))).toEqual({
      "FloatingIpAssociate ovb-dev-undercloud": [
        "FloatingIp ovb-dev-undercloud",
        "Port ovb-dev-undercloud-access",
        "RouterInterface ovb-dev-router-access",
      ],
      "Instance ovb-dev-bmc": [
        "ApplicationCredential ovb-dev-bmc",
        "Port ovb-dev-bmc-access",
        "Port ovb-dev-bmc-ctlplane",
        "Stash ovb-dev-secret",
      ],
      "Instance ovb-dev-node-0": ["Image ovb-dev-ipxe-disk", "Port ovb-dev-node-0-ctlplane"],
      "Instance ovb-dev-node-1": ["Image ovb-dev-ipxe-disk", "Port ovb-dev-node-1-ctlplane"],
      "Instance ovb-dev-undercloud": [
        "Port ovb-dev-undercloud-access",
        "Port ovb-dev-undercloud-ctlplane",
        "Stash ovb-dev-undercloud-user-data",
      ],
      "Port ovb-dev-bmc-access": port("access"),
      "Port ovb-dev-bmc-ctlplane": port("ctlplane"),
      "Port ovb-dev-node-0-ctlplane": port("ctlplane"),
      "Port ovb-dev-node-1-ctlplane": port("ctlplane"),
      "Port ovb-dev-undercloud-access": port("access"),
      "Port ovb-dev-undercloud-ctlplane": port("ctlplane"),
      "RouterInterface ovb-dev-router-access": ["Router ovb-dev-router", "Subnet ovb-dev-access"],
      "RouterInterface ovb-dev-router-ctlplane": [
        "Port ovb-dev-router-ctlplane",
        "Router ovb-dev-router",
        "RouterInterface ovb-dev-router-access",
      ],
      "Port ovb-dev-router-ctlplane": ["Network ovb-dev-ctlplane", "Subnet ovb-dev-ctlplane"],
      "SecGroupRule ovb-dev-access-ironic": ["SecGroup ovb-dev-access"],
      "SecGroupRule ovb-dev-access-ping": ["SecGroup ovb-dev-access"],
      "SecGroupRule ovb-dev-access-ssh": ["SecGroup ovb-dev-access"],
      "SecGroupRule ovb-dev-ctlplane-any": ["SecGroup ovb-dev-ctlplane"],
      "Stash ovb-dev-secret": ["ApplicationCredential ovb-dev-bmc"],
      "Stash ovb-dev-undercloud-user-data": ["Stash ovb-dev-secret"],
      "Subnet ovb-dev-access": ["Network ovb-dev-access"],
      "Subnet ovb-dev-ctlplane": ["Network ovb-dev-ctlplane"],
      "SubnetRoute ovb-dev-ctlplane-169.254.169.254-32": ["Subnet ovb-dev-ctlplane"],
    });
  });

  test("waits for the provider's looks no longer than one server takes, and its stop", async () => {
    const { registrations } = await recordLab();
    expect(pollFloor(registrations)).toEqual({ create: 3 + 3, delete: 3 });
    // A public cloud: a server is up after 8 s, and the look at 3 s was too early.
    const times = { build: 8, stop: 1.5, gone: 2.5 };
    expect(pollFloor(registrations, times)).toEqual({ create: 9 + 3, delete: 3 });
  });
});

describe("port security", () => {
  const attributes = async (portSecurity: string) => {
    const lab = await recordLab({ ctlplane: { portSecurity }, undercloud: { vips: ["192.0.2.250"] } });
    const of = (name: string) => {
      const { inputs } = lab.byName.get(name)!;
      return {
        portSecurityEnabled: inputs.portSecurityEnabled,
        noSecurityGroups: inputs.noSecurityGroups,
        securityGroupIds: inputs.securityGroupIds,
        allowedAddressPairs: inputs.allowedAddressPairs,
      };
    };
    return {
      network: lab.byName.get("Network ovb-dev-ctlplane")!.inputs.portSecurityEnabled,
      node: of("Port ovb-dev-node-0-ctlplane"),
      undercloud: of("Port ovb-dev-undercloud-ctlplane"),
      outer: of("Port ovb-dev-undercloud-access"),
      group: lab.byName.has("SecGroup ovb-dev-ctlplane"),
    };
  };
  const pairs = [{ ipAddress: "192.0.2.250/32" }, { ipAddress: "169.254.169.254/32" }];
  const ctlplaneGroup = { securityGroupIds: ["SecGroup:ovb-dev-ctlplane"] };
  const outer = { securityGroupIds: ["SecGroup:ovb-dev-access"] };

  test("unset: the attribute is not sent at all", async () => {
    expect(await attributes("unset")).toEqual({
      network: undefined,
      node: ctlplaneGroup,
      undercloud: { ...ctlplaneGroup, allowedAddressPairs: pairs },
      outer,
      group: true,
    });
  });

  test("enabled: said to the network and each of its ports", async () => {
    expect(await attributes("enabled")).toEqual({
      network: true,
      node: { portSecurityEnabled: true, ...ctlplaneGroup },
      undercloud: { portSecurityEnabled: true, ...ctlplaneGroup, allowedAddressPairs: pairs },
      outer,
      group: true,
    });
  });

  test("disabled: no group on the ports and none created, no address pairs; the outer NICs stay guarded", async () => {
    expect(await attributes("disabled")).toEqual({
      network: false,
      node: { portSecurityEnabled: false, noSecurityGroups: true },
      undercloud: { portSecurityEnabled: false, noSecurityGroups: true },
      outer,
      group: false,
    });
  });
});

describe("what the cloud has already", () => {
  test("network and router of others are used, never managed", async () => {
    const lab = await recordLab({ access: { network: "private", router: "router" } });
    const inputs = inputsOf(lab);
    expect(Object.keys(inputs).filter((name) => /^(Network|Subnet|Router) /.test(name))).toEqual([
      "Network ovb-dev-ctlplane",
      "Subnet ovb-dev-ctlplane",
    ]);
    expect(inputs["RouterInterface ovb-dev-router-ctlplane"]).toEqual({
      routerId: "id-of-router",
      portId: "Port:ovb-dev-router-ctlplane",
    });
    expect(inputs["RouterInterface ovb-dev-router-access"]).toBeUndefined();
    // No fixedIps: on a network of others Neutron chooses.
    expect(inputs["Port ovb-dev-undercloud-access"]).toEqual({
      name: "ovb-dev-undercloud-access",
      description: mark,
      networkId: "id-of-private",
      securityGroupIds: ["SecGroup:ovb-dev-access"],
      tags: role("undercloud"),
    });
    expect(lab.byName.get("FloatingIpAssociate ovb-dev-undercloud")!.waitsFor).toEqual([
      "FloatingIp ovb-dev-undercloud",
      "Port ovb-dev-undercloud-access",
    ]);
  });

  test("an image of the cloud is used by its id, and no image is uploaded", async () => {
    const lab = await recordLab({
      images: { disk: { source: "existing", name: "own-ipxe" }, iso: { source: "none" } },
      nodes: [{ bootStrategy: "disk" }],
    });
    expect([...lab.byName.keys()].filter((name) => name.includes("Image"))).toEqual([]);
    expect(lab.byName.get("Instance ovb-dev-node-0")!.inputs.imageId).toBe("id-of-own-ipxe");
  });

  test("a name that nobody looked up is an error that says so", async () => {
    await expect(recordLab({ nodes: [{ flavor: "nowhere" }] })).rejects.toThrow(
      'The plan names flavor "nowhere", and the lab was not given its id',
    );
  });
});

test("several groups with extra networks: NICs in the planned order, on created networks and those of others", async () => {
  const lab = await recordLab({
    bmc: { enabled: false },
    undercloud: { kind: "boot-server", floatingIp: false },
    networks: [
      { name: "tenant", cidr: "198.51.100.0/24", mtu: 9000, dhcp: false, portSecurity: "disabled" },
      { name: "storage", network: "storage" },
    ],
    nodes: [
      { name: "control", count: 1, networks: ["tenant", "storage"] },
      { name: "compute", count: 2, flavor: "big", image: "own-ipxe", bootScript: "inspector.ipxe" },
    ],
  });
  const inputs = inputsOf(lab);
  expect(Object.keys(inputs).filter((name) => /^(Instance|FloatingIp\w*) /.test(name))).toEqual([
    "Instance ovb-dev-compute-0",
    "Instance ovb-dev-compute-1",
    "Instance ovb-dev-control-0",
    "Instance ovb-dev-undercloud",
  ]);
  expect(inputs["Instance ovb-dev-control-0"]?.networks).toEqual([
    { port: "Port:ovb-dev-control-0-ctlplane" },
    { port: "Port:ovb-dev-control-0-tenant" },
    { port: "Port:ovb-dev-control-0-storage" },
  ]);
  expect(inputs["Instance ovb-dev-compute-1"]).toMatchObject({
    flavorId: "id-of-big",
    imageId: "id-of-own-ipxe",
    networks: [{ port: "Port:ovb-dev-compute-1-ctlplane" }],
  });
  expect(inputs["Network ovb-dev-tenant"]).toEqual({
    name: "ovb-dev-tenant",
    description: mark,
    mtu: 9000,
    portSecurityEnabled: false,
    tags,
  });
  expect(inputs["Subnet ovb-dev-tenant"]).toEqual({
    name: "ovb-dev-tenant",
    description: mark,
    networkId: "Network:ovb-dev-tenant",
    cidr: "198.51.100.0/24",
    ipVersion: 4,
    noGateway: true,
    enableDhcp: false,
    tags,
  });
  expect(inputs["Port ovb-dev-control-0-tenant"]).toEqual({
    name: "ovb-dev-control-0-tenant",
    description: mark,
    networkId: "Network:ovb-dev-tenant",
    macAddress: lab.plan.nodes[0]?.ports[1]?.mac,
    fixedIps: [{ ipAddress: "198.51.100.10", subnetId: "Subnet:ovb-dev-tenant" }],
    portSecurityEnabled: false,
    noSecurityGroups: true,
    tags: role("node"),
  });
  expect(inputs["Port ovb-dev-control-0-storage"]).toEqual({
    name: "ovb-dev-control-0-storage",
    description: mark,
    networkId: "id-of-storage",
    tags: role("node"),
  });
  expect(lab.result.bmc).toBeUndefined();
  expect(lab.result.nodes["ovb-dev-control-0"]?.bmc).toBeUndefined();
});
