import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseConfig } from "../../../../../plan/config/parseConfig";
import type { LabPlan, NodePlan } from "../../../../../plan/lab/labPlan";
import { planLab } from "../../../../../plan/lab/planLab";
import { missingForWire, Wire } from "../../../../support/dhcpWire";

// The real dnsmasq, started by the undercloud's own script, on a wire of its own: two network namespaces and a veth pair.

const isSkipped = missingForWire.length > 0;
const title = isSkipped
  ? `dnsmasq: skipped, ${missingForWire.join(", ")} is missing`
  : "dnsmasq on the undercloud";

const planOf = (ctlplane: object, more: object = {}): LabPlan =>
  planLab(
    parseConfig({ lab: "dev", ctlplane: { dhcpServer: "undercloud-ovn", ...ctlplane }, ...more }, "dev"),
  );

/** The MAC that the plan would give to a NIC at an address's offset. */
function macAt({ undercloud }: LabPlan, offset: number): string {
  const first = BigInt(`0x${undercloud!.ironic!.dhcp!.firstMac.replaceAll(":", "")}`);
  return (first + BigInt(offset)).toString(16).padStart(12, "0").replace(/..\B/g, "$&:");
}

const dotted = (hex = "") => [...Buffer.from(hex, "hex")].join(".");
const text = (hex = "") => Buffer.from(hex, "hex").toString();
const hex = (value: string) => Buffer.from(value).toString("hex");
/** A DHCPREQUEST for the planned address. */
const request = ({ mac, address }: NodePlan, options: Record<string, string>) => ({
  ...{ mac, type: 3 },
  options: { ...options, 54: "c00002f0", 50: Buffer.from(address.split(".").map(Number)).toString("hex") },
});
/** What a client asks for: mask, router, DNS, MTU, boot server and file, routes. */
const wanted = { 55: "010306334242437936" };

describe.skipIf(isSkipped)(title, () => {
  const plan = planOf({});
  const node = plan.nodes[1]!;
  const wire = new Wire(plan);
  beforeAll(() => wire.start());
  afterAll(() => wire.stop());

  test("gives the planned address, MTU, gateway, DNS, metadata route", () => {
    const [offer, unasked] = wire.answers({ mac: node.mac, options: wanted }, { mac: node.mac });
    expect(offer).toMatchObject({ address: node.address, next: "192.0.2.240" });
    const { options } = offer!;
    expect(dotted(options[54])).toBe("192.0.2.240");
    expect(dotted(options[1])).toBe("255.255.255.0");
    expect(dotted(options[3])).toBe("192.0.2.1");
    expect(dotted(options[6])).toBe("8.8.8.8.8.8.4.4");
    expect(Number.parseInt(options[51]!, 16)).toBe(86_400);
    expect(dotted(options[121])).toBe("32.169.254.169.254.192.0.2.240.0.192.0.2.1");
    expect(Number.parseInt(unasked!.options[26]!, 16)).toBe(1400);
    const [ack] = wire.answers(request(node, { ...wanted }));
    expect([ack!.options[53], ack!.address]).toEqual(["05", node.address]);
  });

  test("sends iPXE to the boot script, and a plain PXE ROM to the iPXE of its firmware, which TFTP has", () => {
    const pxe = { ...wanted, 60: hex("PXEClient:Arch:00000:UNDI:002001") };
    const offers = wire.answers(
      { mac: node.mac, options: { ...pxe, 77: hex("iPXE"), 93: "0000" } },
      { mac: node.mac, options: { ...pxe, 77: hex("iPXE"), 93: "0007" } },
      { mac: node.mac, options: { ...pxe, 93: "0000" } },
      { mac: node.mac, options: { ...pxe, 93: "0007" } },
      { mac: node.mac, options: { ...pxe, 93: "0009" } },
    );
    const files = offers.map(({ file, options, next }) => [
      next,
      text(options[67]).replace(/\0$/, "") || file,
    ]);
    const url = "http://192.0.2.240:8088/boot.ipxe";
    const names = [url, url, "undionly.kpxe", "ipxe.efi", "ipxe.efi"];
    expect(files).toEqual(names.map((name) => ["192.0.2.240", name]));
    expect(["undionly.kpxe", "ipxe.efi"].map((name) => wire.fetch(name))).toEqual([1300, 512]);
    expect(wire.fetch("../dnsmasq.conf")).toMatch(/not found|denied|escape/);
  });

  test("answers no stranger, whatever is asked, nor the undercloud, the BMC or another lab", () => {
    const strangers = [
      "52:54:00:12:34:56",
      ...[240, 241, 0, 255, 256].map((offset) => macAt(plan, offset)),
      macAt(planOf({}, { lab: "another" }), 11),
    ];
    const asked = strangers.flatMap((mac) =>
      [1, 3, 8].map((type) => ({ mac, type, options: { 50: "c000024d" } })),
    );
    const answers = wire.ask(...asked, { mac: node.mac });
    expect(answers.pop()).toHaveLength(1);
    expect(answers).toEqual(Array(21).fill([]));
  });

  test("refuses a node the address of another", () => {
    const [nak] = wire.answers({ mac: node.mac, type: 3, options: { 50: "c000020a" } });
    expect(nak!.options[53]).toBe("06");
  });

  test("gives a node that boots anew its address, whatever it calls itself", () => {
    const names = ["firmware", "the agent", "what was deployed"];
    const acks = wire.answers(...names.map((id) => request(node, { 61: hex(id) })));
    expect(acks.map(({ options }) => options[53])).toEqual(["05", "05", "05"]);
  });
});

describe.skipIf(isSkipped)(`${title}, on a /22 without a router, DNS or metadata`, () => {
  const plan = planOf(
    {
      ...{ dhcpServer: "undercloud", cidr: "10.20.0.0/22", routed: false, dns: [], mtu: 1442 },
      metadataRoute: false,
    },
    { nodes: [{ count: 2, firstAddress: "10.20.3.250" }] },
  );
  const wire = new Wire(plan);
  beforeAll(() => wire.start());
  afterAll(() => wire.stop());

  test("gives planned addresses beyond the first 256, and nothing that was not planned", () => {
    const answers = wire.answers(...plan.nodes.map(({ mac }) => ({ mac, options: wanted })));
    expect(answers.map(({ address }) => address)).toEqual(["10.20.3.250", "10.20.3.251"]);
    for (const { options } of answers) {
      expect(Number.parseInt(options[26]!, 16)).toBe(1442);
      expect(dotted(options[1])).toBe("255.255.252.0");
      expect([options[3], options[6], options[121]]).toEqual([undefined, undefined, undefined]);
    }
    // A carry into the fifth octet of the MAC.
    const [last, next] = wire.answers({ mac: macAt(plan, 255) }, { mac: macAt(plan, 256) });
    expect([last!.address, next!.address]).toEqual(["10.20.0.255", "10.20.1.0"]);
  });
});
