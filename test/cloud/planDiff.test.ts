import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LabPlan } from "../../plan/lab/labPlan";
import { diffPlans } from "../../plan/review/planDiff";
import { tokens } from "../../plan/review/resource";
import { succeeded, TestLab } from "./testLab";

const config = { lab: "sw-diff", nodes: [{ count: 1 }], bmc: { readinessTimeout: 0 } };
const lab = new TestLab("sw-diff", config);
let before: LabPlan;

beforeAll(async () => {
  before = lab.plan;
  succeeded(await lab.up());
});

afterAll(async () => {
  lab.configure(config);
  await lab.destroy();
  lab.remove();
});

interface Step {
  readonly op: string;
  readonly urn: string;
}

/** "TYPE NAME" → what the real engine and provider would do, for all that they would not leave alone. */
async function preview(): Promise<Record<string, string>> {
  const { stdout } = succeeded(await lab.pulumi("preview", "--json", "--non-interactive"));
  const { steps } = JSON.parse(stdout) as { steps: Step[] };
  const actions: Record<string, string> = {};
  for (const { op, urn } of steps) {
    const [, , types = "", name = ""] = urn.split("::");
    const type = types.split("$").at(-1)!;
    // "replace", "create-replacement" and "delete-replaced" are three steps of one.
    const action = op.includes("replace") ? "replace" : op;
    if (type.startsWith("openstack:") && op !== "same") actions[`${type} ${name}`] = action;
  }
  return actions;
}

function predicted(after: LabPlan): Record<string, string> {
  const { changes } = diffPlans(before, after);
  return Object.fromEntries(changes.map(({ type, name, action }) => [`${tokens[type]} ${name}`, action]));
}

describe("what `ovb plan --against` says will happen is what Pulumi says", () => {
  test.each<[string, Record<string, unknown>]>([
    ["nothing", {}],
    ["a node more", { nodes: [{ count: 2 }] }],
    ["no node", { nodes: [{ count: 1, without: [0] }] }],
    ["another boot script", { bootScript: "inspector.ipxe" }],
    ["VIPs", { undercloud: { vips: ["192.0.2.250"] }, nodes: [{ count: 1, vips: ["192.0.2.251"] }] }],
    ["more DHCP options", { nodes: [{ count: 1, dhcpOptions: { "domain-name": "lab.example" } }] }],
    ["another flavor of the nodes", { nodes: [{ count: 1, flavor: "m1.small" }] }],
    ["another image of the nodes, which they ignore", { nodes: [{ count: 1, image: "debian-13" }] }],
    ["another image of the undercloud", { undercloud: { image: "debian-13-kernel" } }],
    ["another boot port: user data and boot file", { undercloud: { bootPort: 8099 } }],
    ["another address of a node", { nodes: [{ count: 1, firstAddress: "192.0.2.20" }] }],
    ["other MACs", { macPrefix: "20:57:f6" }],
    ["another provisioning subnet", { ctlplane: { cidr: "198.18.7.0/24" } }],
    [
      "pool, MTU, name servers",
      { ctlplane: { pool: { start: "192.0.2.40", end: "192.0.2.90" }, mtu: 1380, dns: [] } },
    ],
    ["no metadata route", { ctlplane: { metadataRoute: false } }],
    ["no router on the ctlplane", { ctlplane: { routed: false } }],
    ["port security off", { ctlplane: { portSecurity: "disabled" } }],
    ["port security said to be on", { ctlplane: { portSecurity: "enabled" } }],
    ["other networks let in", { access: { allowFrom: ["198.51.100.0/24", "203.0.113.0/24"] } }],
    ["another access subnet", { access: { cidr: "198.18.8.0/24" } }],
    ["no floating IP", { undercloud: { floatingIp: false } }],
    ["no BMC", { bmc: { enabled: false } }],
    [
      "one more NIC",
      {
        networks: [{ name: "storage", cidr: "198.18.9.0/24" }],
        nodes: [{ count: 1, networks: ["storage"] }],
      },
    ],
    ["UEFI", { images: { disk: { firmware: "uefi" }, iso: { firmware: "uefi" } } }],
    ["more tags and an expiry", { tags: ["team"], expires: "8h" }],
    ["SSH keys", { authorizedKeys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtq somebody"] }],
    ["another name", { lab: "sw-dif2" }],
  ])("%s", async (_, changes) => {
    const untouched = {
      ...config,
      ...Object.fromEntries(Object.keys(changes).map((key) => [key, undefined])),
    };
    lab.configure({ ...untouched, ...config, ...changes });
    try {
      expect(predicted(lab.plan)).toEqual(await preview());
    } finally {
      lab.configure({ ...untouched, ...config });
    }
  });
});
