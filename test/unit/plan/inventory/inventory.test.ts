import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { parseConfig } from "../../../../plan/config/parseConfig";
import type { BmcDriver } from "../../../../plan/inventory/dialect";
import { dialects } from "../../../../plan/inventory/dialects";
import { labInventory } from "../../../../plan/inventory/inventory";
import { planLab } from "../../../../plan/lab/planLab";
import { planJson } from "../../../../plan/review/planJson";
import { planMarkdown } from "../../../../plan/review/planMarkdown";
import { planMermaid } from "../../../../plan/review/planMermaid";
import { planText } from "../../../../plan/review/planText";
import { arbitraryConfig } from "../../../support/arbitraryConfig";
import { bmcPassword, tripleoLab } from "../../../support/inventory";

const instackenv = (...[inventory, options]: Parameters<(typeof dialects)[string]["render"]>) =>
  JSON.parse(dialects.instackenv!.render(inventory, options)).nodes;

describe("instackenv", () => {
  test("a node: flavor's size, ports by network, IPMI with its own UDP port, what it is to become", () => {
    const lab = tripleoLab();
    const nodes = instackenv(lab, { driver: "ipmi" });
    expect(nodes).toHaveLength(4);
    expect(nodes[0]).toEqual({
      name: "ovb-dev-control-0",
      arch: "x86_64",
      cpu: 4,
      memory: 8192,
      disk: 50,
      ports: [
        { address: expect.stringMatching(/^20:57:f8:/), physical_network: "ctlplane" },
        { address: expect.stringMatching(/^20:57:f8:/), physical_network: "storage" },
        { address: "fa:16:3e:00:00:10", physical_network: "office" },
      ],
      pm_type: "ipmi",
      pm_addr: "192.0.2.241",
      pm_port: 6230,
      pm_user: "admin",
      pm_password: bmcPassword,
      ipmi_cipher_suite: "17",
      capabilities: "boot_option:local,boot_mode:bios,profile:control",
    });
    expect(nodes[3]).toMatchObject({ name: "ovb-dev-big-compute-0", cpu: 8, memory: 16384 });
    // The flavor leaves the disk to the image: 0 would be a claim.
    expect(nodes[3]).not.toHaveProperty("disk");
  });

  test("by Redfish: base URL and system, and the lab's own certificate is not verified", () => {
    const [node] = instackenv(tripleoLab(), { driver: "redfish" });
    expect(node).toMatchObject({
      pm_type: "redfish",
      pm_addr: "https://192.0.2.241:8443",
      pm_system_id: "/redfish/v1/Systems/control-0",
      pm_user: "admin",
      pm_password: bmcPassword,
      redfish_verify_ca: false,
    });
    expect(node).not.toHaveProperty("pm_port");
    const [plain] = instackenv(tripleoLab({ bmc: { redfish: { httpPort: 8000, httpsPort: 0 } } }), {
      driver: "redfish",
    });
    expect(plain).not.toHaveProperty("redfish_verify_ca");
  });

  test("for TripleO up to Queens: `mac` with the provisioning NIC, no `ports`", () => {
    const lab = tripleoLab();
    const [node] = instackenv(lab, { driver: "ipmi", legacyMac: true });
    expect(node.mac).toEqual([lab.nodes[0]!.ports[0]!.mac]);
    expect(node).not.toHaveProperty("ports");
  });

  test("an image of the cloud has a firmware that nobody said; UEFI is said", () => {
    const own = { nodes: [{ image: "own" }] };
    expect(instackenv(tripleoLab(own), { driver: "ipmi" })[0].capabilities).toBe("boot_option:local");
    const uefi = { nodes: [{}], images: { disk: { firmware: "uefi" } } };
    expect(instackenv(tripleoLab(uefi), { driver: "ipmi" })[0].capabilities).toBe(
      "boot_option:local,boot_mode:uefi",
    );
  });

  test("without a BMC: manual-management, which every driver list has, and nobody's password", () => {
    const [node] = instackenv(tripleoLab({ undercloud: { kind: "custom" }, bmc: { enabled: false } }), {
      driver: "ipmi",
    });
    const management = Object.entries(node).filter(([key]) => key.startsWith("pm_"));
    expect(management).toEqual([["pm_type", "manual-management"]]);
    expect(JSON.stringify(node)).not.toContain(bmcPassword);
  });
});

test("ironic: the driver's own names, and the first port alone boots", () => {
  const { nodes } = JSON.parse(dialects.ironic!.render(tripleoLab(), { driver: "ipmi" }));
  expect(nodes[0]).toMatchObject({
    driver: "ipmi",
    driver_info: { ipmi_address: "192.0.2.241", ipmi_port: 6230, ipmi_password: bmcPassword },
    properties: { cpus: 4, memory_mb: 8192, local_gb: 50, capabilities: "boot_mode:bios,profile:control" },
  });
  expect(nodes[0].ports.map((port: { pxe_enabled: boolean }) => port.pxe_enabled)).toEqual([
    true,
    false,
    false,
  ]);
});

test("metal3: a secret and a host that is off for each node; addresses as its operator parses them", () => {
  const documents = (driver: BmcDriver, lab = tripleoLab()) =>
    parseAllDocuments(dialects.metal3!.render(lab, { driver })).map((document) => document.toJS());
  const [secret, host] = documents("ipmi");
  expect(secret).toMatchObject({ kind: "Secret", stringData: { username: "admin", password: bmcPassword } });
  expect(host.spec).toMatchObject({
    online: false,
    bootMode: "legacy",
    bootMACAddress: tripleoLab().nodes[0]!.ports[0]!.mac,
    bmc: { address: "ipmi://192.0.2.241:6230", credentialsName: secret.metadata.name },
  });
  expect(documents("redfish")[1].spec.bmc).toMatchObject({
    address: "redfish+https://192.0.2.241:8443/redfish/v1/Systems/control-0",
    disableCertificateVerification: true,
  });
  const [bare, ...rest] = documents(
    "ipmi",
    tripleoLab({ undercloud: { kind: "custom" }, bmc: { enabled: false }, nodes: [{ count: 1 }] }),
  );
  expect(rest).toEqual([]);
  expect(bare.spec).not.toHaveProperty("bmc");
});

test("ansible: on a cloud without floating IPs, through the undercloud's address on the access network", () => {
  const lab = tripleoLab({}, { undercloudAccessAddress: "203.0.113.7" });
  const { all } = parse(dialects.ansible!.render(lab, { driver: "ipmi", sshUser: "debian" }));
  const { undercloud, nodes } = all.children;
  expect(undercloud.hosts["ovb-dev-undercloud"].ansible_host).toBe("203.0.113.7");
  expect(nodes.vars.ansible_ssh_common_args).toBe("-o ProxyJump=debian@203.0.113.7");
});

test("ansible: everything on the ctlplane is reached through the undercloud's floating IP", () => {
  const { all } = parse(dialects.ansible!.render(tripleoLab(), { driver: "ipmi", sshUser: "debian" }));
  const { undercloud, bmc, nodes } = all.children;
  const jump = "-o ProxyJump=debian@198.51.100.9";
  expect(undercloud.hosts["ovb-dev-undercloud"]).toMatchObject({
    ansible_host: "198.51.100.9",
    ansible_user: "debian",
  });
  expect(bmc.hosts["ovb-dev-bmc"]).toMatchObject({
    ansible_host: "192.0.2.241",
    ansible_ssh_common_args: jump,
  });
  expect(nodes.vars).toMatchObject({ ansible_ssh_common_args: jump, bmc_password: bmcPassword });
  expect(Object.keys(nodes.children)).toEqual(["nodes_control", "nodes_big_compute"]);
  expect(nodes.children.nodes_control.hosts["ovb-dev-control-1"].ansible_host).toBe("192.0.2.11");
});

test("what cannot be written is said: unknown flavor, MAC or password, Redfish without Redfish", () => {
  const plan = planLab(
    parseConfig({ networks: [{ name: "x", network: "y" }], nodes: [{ networks: ["x"] }] }, "dev"),
  );
  const flavors = { baremetal: { vcpus: 1, ram: 1, disk: 1 } };
  expect(() => labInventory(plan, { flavors: {}, macs: {}, bmcPassword })).toThrow(
    'The size of flavor "baremetal" of node ovb-dev-node-0 is not known',
  );
  expect(() => labInventory(plan, { flavors, macs: {}, bmcPassword })).toThrow(
    "The MAC of port ovb-dev-node-0-x is not known",
  );
  expect(() => labInventory(planLab(parseConfig({}, "dev")), { flavors, macs: {} })).toThrow(
    "The password of ovb-dev-bmc is not known",
  );
  const mute = tripleoLab({ bmc: { redfish: { httpsPort: 0 } } });
  for (const name of ["instackenv", "ironic", "metal3"])
    expect(() => dialects[name]!.render(mute, { driver: "redfish" })).toThrow(
      "speaks no Redfish: take --driver ipmi",
    );
});

test("every valid configuration is written in every dialect, each node once, the same again", () => {
  const bmcs = { with: 0, without: 0 };
  fc.assert(
    fc.property(arbitraryConfig, fc.constantFrom<BmcDriver>("ipmi", "redfish"), (raw, driver) => {
      const plan = planLab(parseConfig(raw, "dev"));
      const sizes = plan.nodes.map(({ flavor }) => [flavor, { vcpus: 2, ram: 4096, disk: 20 }] as const);
      const ports = plan.nodes.flatMap(({ ports }) => ports).filter(({ mac }) => mac === undefined);
      const inventory = labInventory(plan, {
        flavors: Object.fromEntries(sizes),
        macs: Object.fromEntries(ports.map(({ name }, i) => [name, `fa:16:3e:00:00:${10 + i}`])),
        bmcPassword,
      });
      bmcs[plan.bmc ? "with" : "without"]++;
      const names = plan.nodes.map(({ name }) => name).sort();
      for (const [name, { render }] of Object.entries(dialects)) {
        const text = render(inventory, { driver });
        expect(render(inventory, { driver })).toBe(text);
        expect(namesIn[name]!(text).sort()).toEqual(names);
        expect(text.includes(bmcPassword)).toBe(
          plan.bmc !== undefined && (names.length > 0 || name === "ansible"),
        );
      }
    }),
    { numRuns: 100 },
  );
  expect(Math.min(bmcs.with, bmcs.without)).toBeGreaterThan(10);
});

test("no view of any plan has the secret of a credential that was brought", () => {
  const secret = "kR4-secret-of-the-credential";
  const views = [planText, planJson, planMarkdown, planMermaid];
  fc.assert(
    fc.property(arbitraryConfig, (raw) => {
      const bmc = { ...(raw.bmc as object), enabled: true, credential: { id: "some-id", secret } };
      const config = parseConfig({ ...raw, bmc }, "dev");
      expect(config.bmc.credential?.secret).toBe(secret);
      for (const view of views) expect(view(planLab(config), config.limits)).not.toContain(secret);
    }),
    { numRuns: 50 },
  );
});

/** The names of the nodes in a text of each dialect. */
const namesIn: Record<string, (text: string) => string[]> = {
  instackenv: (text) => JSON.parse(text).nodes.map((node: { name: string }) => node.name),
  ironic: (text) => JSON.parse(text).nodes.map((node: { name: string }) => node.name),
  metal3: (text) =>
    parseAllDocuments(text)
      .map((document) => document.toJS())
      .filter((document) => document?.kind === "BareMetalHost")
      .map((host) => host.metadata.name),
  ansible: (text) => {
    const groups = parse(text).all.children.nodes.children as Record<string, { hosts: object }>;
    return Object.values(groups).flatMap(({ hosts }) => Object.keys(hosts));
  },
};
