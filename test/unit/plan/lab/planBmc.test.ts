import { describe, expect, test } from "vitest";
import { nodeFromServer } from "../../../../agent/nova/nodeFromServer";
import { parseConfig } from "../../../../plan/config/parseConfig";
import type { LabPlan } from "../../../../plan/lab/labPlan";
import { planLab } from "../../../../plan/lab/planLab";
import { planText } from "../../../../plan/review/planText";

const plan = (raw: Record<string, unknown> = {}): LabPlan => planLab(parseConfig(raw, "dev"));
const endpoints = (lab: LabPlan) =>
  Object.fromEntries(lab.nodes.map((node) => [node.key, `${node.ipmiAddress}:${node.ipmiPort}`]));

/** What the agent makes of the tags that a node gets. */
function asTheAgentSeesIt(lab: LabPlan, index = 0) {
  const { name, tags } = lab.nodes[index]!;
  const node = nodeFromServer({ id: "an-id", name, tags: [...tags] }, lab.name);
  if (typeof node !== "object") throw new Error(node ?? "no node");
  return node;
}

describe("where the nodes' IPMI answers", () => {
  test("mode port: on the BMC's address, a port each", () => {
    const lab = plan();
    expect(lab.bmc).toMatchObject({ mode: "port", address: "192.0.2.241", block: undefined });
    expect(endpoints(lab)).toEqual({ "node-0": "192.0.2.241:6230", "node-1": "192.0.2.241:6231" });
    expect(lab.bmc!.ports.map(({ name }) => name)).toEqual(["ovb-dev-bmc-access", "ovb-dev-bmc-ctlplane"]);
    expect(asTheAgentSeesIt(lab).ipmi).toEqual({ port: 6230 });
  });

  test("mode address: on an address of the block, which is one address pair of the BMC's port", () => {
    const lab = plan({ bmc: { mode: "address" } });
    expect(lab.bmc!.block).toBe("192.0.2.224/28");
    expect(endpoints(lab)).toEqual({ "node-0": "192.0.2.224:623", "node-1": "192.0.2.225:623" });
    expect(lab.bmc!.ports[1]!.allowedAddressPairs).toEqual(["192.0.2.224/28"]);
    expect(asTheAgentSeesIt(lab, 1).ipmi).toEqual({ address: "192.0.2.225", port: 623 });
  });

  test("mode address without port security has nothing to make an exception from", () => {
    const lab = plan({ bmc: { mode: "address" }, ctlplane: { portSecurity: "disabled" } });
    expect(lab.bmc!.ports[1]!.allowedAddressPairs).toEqual([]);
  });

  test("mode nic: a port of the BMC's for each node, with the node's BMC address and a MAC of its own", () => {
    const lab = plan({ bmc: { mode: "nic" } });
    const [, own, ...more] = lab.bmc!.ports;
    expect(own!.allowedAddressPairs).toEqual([]);
    expect(more.map(({ name, network, address }) => ({ name, network, address }))).toEqual([
      { name: "ovb-dev-bmc-node-0-ctlplane", network: "ctlplane", address: "192.0.2.224" },
      { name: "ovb-dev-bmc-node-1-ctlplane", network: "ctlplane", address: "192.0.2.225" },
    ]);
    expect(new Set(lab.bmc!.ports.map(({ mac }) => mac)).size).toBe(4);
    expect(lab.totals.ports).toBe(plan().totals.ports + 2);
    expect(planText(lab)).toMatch(/a new node\s+replaces its VM/);
  });

  test("other sizes of the ctlplane have a block of a sixteenth at the same place", () => {
    const block = (cidr: string) => plan({ ctlplane: { cidr }, bmc: { mode: "address" } }).bmc!.block;
    expect(block("10.0.0.0/26")).toBe("10.0.0.56/30");
    expect(block("10.0.0.0/20")).toBe("10.0.14.0/24");
  });

  test.each(["port", "address", "nic"])("mode %s: no node moves when others come and go", (mode) => {
    const group = (name: string, more: object) => ({ name, count: 3, ...more });
    const before = endpoints(plan({ bmc: { mode }, nodes: [group("a", {}), group("b", {})] }));
    const after = endpoints(
      plan({ bmc: { mode }, nodes: [group("a", { without: [0] }), group("b", { count: 5 })] }),
    );
    for (const key of ["a-1", "a-2", "b-0", "b-1", "b-2"]) expect(after[key]).toBe(before[key]);
    expect(new Set(Object.values(after)).size).toBe(7);
  });

  test("in modes port and address the BMC's server and ports are the same whatever nodes there are", () => {
    for (const mode of ["port", "address"]) {
      expect(plan({ bmc: { mode }, nodes: [{ count: 7 }] }).bmc).toEqual(plan({ bmc: { mode } }).bmc);
    }
  });
});

test("a node's tags say all that the agent has another default for", () => {
  expect(asTheAgentSeesIt(plan())).toMatchObject({
    strategy: "rescue",
    firmware: "bios",
    bootScript: "boot.ipxe",
    rebuildForInspection: false,
  });
  const lab = plan({
    nodes: [{ bootStrategy: "rebuild", rebuildForInspection: true }],
    bootScript: "inspector.ipxe",
    images: { disk: { firmware: "uefi" } },
  });
  expect(asTheAgentSeesIt(lab)).toMatchObject({
    strategy: "rebuild",
    firmware: "uefi",
    bootScript: "inspector.ipxe",
    rebuildForInspection: true,
  });
  expect(lab.nodes[0]!.strategy).toBe("rebuild");
});

test("a lab without a BMC VM has no IPMI address, and ports for `npx ovb bmc`", () => {
  const lab = plan({ undercloud: { kind: "boot-server" }, bmc: { enabled: false, mode: "nic" } });
  expect(lab.bmc).toBeUndefined();
  expect(lab.nodes[0]).toMatchObject({ ipmiAddress: undefined, ipmiPort: 6230 });
  expect(asTheAgentSeesIt(lab).ipmi).toEqual({ port: 6230 });
});

describe("refused, with the key and the way out", () => {
  const block = (addressBlock: string, more: object = {}) => ({
    bmc: { mode: "address", addressBlock },
    ...more,
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ["a block in the pool", block("192.0.2.64/28"), /addressBlock "192\.0\.2\.64\/28": .*allocation pool/],
    ["a block over the undercloud", block("192.0.2.240/29"), /192\.0\.2\.240, the address of the undercloud/],
    ["a block over nodes", block("192.0.2.8/29"), /192\.0\.2\.10, the address of node node-0/],
    ["a block to the broadcast address", block("192.0.2.248/29"), /within the hosts of ovb:ctlplane\.cidr/],
    ["a block elsewhere", block("198.18.0.0/28"), /within the hosts/],
    [
      "a block over a VIP",
      block("192.0.2.224/28", { undercloud: { vips: ["192.0.2.230"] } }),
      /VIP 192\.0\.2\.230/,
    ],
    ["a block without room", block("192.0.2.232/29", { nodes: [{ count: 9 }] }), /8 addresses for 9 nodes/],
    [
      "a block that cannot tell two nodes apart",
      block("192.0.2.224/29", { nodes: [{ name: "a" }, { name: "b" }] }),
      /too small to tell a-0 and b-0 apart/,
    ],
    ["a block in mode port", { bmc: { addressBlock: "192.0.2.224/28" } }, /no use in ovb:bmc\.mode port/],
    [
      "more NICs than a VM has room for",
      {
        bmc: { mode: "nic", addressBlock: "10.0.3.0/26" },
        ctlplane: { cidr: "10.0.0.0/22" },
        nodes: [{ count: 25 }],
      },
      /ovb:bmc\.mode "nic": nic: a VM has room for 24/,
    ],
    [
      "rescue without an ISO",
      { images: { iso: { source: "none" } } },
      /nodes\[0\]\.bootStrategy: rescue boots/,
    ],
    [
      "one port for both",
      { bmc: { redfish: { httpPort: 8443 } } },
      /httpPort 8443: is ovb:bmc\.redfish\.httpsPort/,
    ],
    ["a user name that IPMI has no room for", { bmc: { username: "a".repeat(17) } }, /ovb:bmc\.username.*16/],
  ])("%s", (_what, raw, says) => {
    expect(() => plan(raw)).toThrow(says);
  });

  test("a credential's secret is not quoted", () => {
    const bad = () => plan({ bmc: { credential: "hush-hush-hush" }, lab: 1 });
    expect(bad).toThrow(/ovb:bmc\.credential: must be a/);
    expect(bad).not.toThrow(/hush/);
    expect(() => plan({ bmc: { credential: { id: "x", secret: "short" } } })).toThrow(/credential\.secret: /);
  });
});
