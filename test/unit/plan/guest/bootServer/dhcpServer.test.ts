import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../../../plan/config/parseConfig";
import { dhcpConfig, dhcpScript } from "../../../../../plan/guest/bootServer/dhcpServer";
import { undercloudUserData } from "../../../../../plan/guest/undercloudUserData";
import type { LabPlan } from "../../../../../plan/lab/labPlan";
import { planLab } from "../../../../../plan/lab/planLab";

const raw = {
  lab: "dev",
  undercloud: { kind: "boot-server" },
  ctlplane: { dhcp: false, routed: false, portSecurity: "disabled" },
  nodes: [{ count: 2 }],
};
const plan = (change: object = {}): LabPlan => planLab(parseConfig({ ...raw, ...change }, "dev"));

/** What the undercloud's user data hands to the script. */
const server = {
  ...{ address: "192.0.2.240", cidr: "192.0.2.0/24", mtu: 1400, dns: ["8.8.8.8", "8.8.4.4"], metadata: true },
  ...{ firstMac: macAt(plan(), 0), bootFile: "http://192.0.2.240:8088/boot.ipxe" },
};

function macAt(lab: LabPlan, offset: number): string {
  const own = BigInt(`0x${lab.nodes[0]!.mac.replaceAll(":", "")}`) - 10n + BigInt(offset);
  return own.toString(16).padStart(12, "0").replace(/..\B/g, "$&:");
}

interface Message {
  readonly mac: string;
  /** 1 discover, 3 request, 8 inform. */
  readonly type: number;
  readonly current?: string;
  readonly options?: readonly [number, Buffer][];
}

/** A client's message (RFC 2131, 2). */
function message({ mac, type, current = "0.0.0.0", options = [] }: Message): Buffer {
  const head = Buffer.alloc(240);
  head.set([1, 1, 6, 0, 0xca, 0xfe, 0xba, 0xbe]);
  head.set(bytes(current), 12);
  head.set(Buffer.from(mac.replaceAll(":", ""), "hex"), 28);
  head.set([0x63, 0x82, 0x53, 0x63], 236);
  const all: [number, Buffer][] = [[53, Buffer.from([type])], ...options];
  const coded = all.map(([code, value]) => Buffer.concat([Buffer.from([0, code, value.length]), value]));
  return Buffer.concat([head, ...coded, Buffer.from([255])]);
}

const bytes = (address: string) => Buffer.from(address.split(".").map(Number));
const dotted = (value: Buffer) => [...value].join(".");

/** The real script's answers. */
function answers(
  ...messages: Buffer[]
): ({ kind: string; packet: Buffer; options: Map<number, Buffer> } | null)[] {
  const lab = plan();
  const harness = `
import json as j
config, messages = j.loads(sys.stdin.read())
print(j.dumps([[kind, out and out.hex()] for out, kind in (answer(bytes.fromhex(m), j.loads(config)) for m in messages)]))`;
  const script = dhcpScript(lab.undercloud!.bootServer!.dhcp!).replace(/\nif __name__[\s\S]*/, "") + harness;
  const input = JSON.stringify([
    dhcpConfig(lab, lab.undercloud!.bootServer!.dhcp!, true),
    messages.map((one) => one.toString("hex")),
  ]);
  const { stdout, stderr, status } = spawnSync("python3", ["-c", script], { input, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as [string, string | null][]).map(([kind, hex]) => {
    if (hex === null) return null;
    const packet = Buffer.from(hex, "hex");
    const options = new Map<number, Buffer>();
    for (let at = 240; packet[at] !== 255; at += 2 + packet[at + 1]!)
      options.set(packet[at]!, packet.subarray(at + 2, at + 2 + packet[at + 1]!));
    return { kind, packet, options };
  });
}

describe("the DHCP server of an undercloud", () => {
  const node = plan().nodes[1]!;
  const own: [number, Buffer] = [54, bytes("192.0.2.240")];

  test("offers and acknowledges the planned address, MTU, boot file, DNS and metadata route", () => {
    const [offer, ack] = answers(
      message({ mac: node.mac, type: 1 }),
      message({ mac: node.mac, type: 3, options: [own, [50, bytes(node.address)]] }),
    );
    expect([offer!.kind, ack!.kind]).toEqual(["offer", "ack"]);
    for (const { packet, options } of [offer!, ack!]) {
      expect(packet.subarray(0, 8).toString("hex")).toBe("02010600cafebabe");
      expect(dotted(packet.subarray(16, 20))).toBe(node.address);
      expect(dotted(packet.subarray(20, 24))).toBe("192.0.2.240");
      expect(packet.length).toBeGreaterThanOrEqual(300);
      expect(dotted(options.get(1)!)).toBe("255.255.255.0");
      expect(options.get(26)!.readUInt16BE()).toBe(1400);
      expect(dotted(options.get(6)!)).toBe("8.8.8.8.8.8.4.4");
      expect(options.get(51)!.readUInt32BE()).toBe(86_400);
      expect(dotted(options.get(121)!)).toBe("32.169.254.169.254.192.0.2.240");
      expect(options.get(66)!.toString()).toBe("192.0.2.240");
      expect(options.get(67)!.toString()).toBe(node.bootFile);
      expect(options.has(3)).toBe(false);
    }
  });

  test("answers no MAC that is none of the lab's, no answer to another server, nothing that is no DHCP", () => {
    const other = [...message({ mac: node.mac, type: 1 })];
    other[236] = 0;
    expect(
      answers(
        message({ mac: "52:54:00:12:34:56", type: 1 }),
        message({ mac: macAt(plan({ lab: "another" }), 10), type: 1 }),
        message({ mac: macAt(plan(), 255), type: 1 }),
        message({ mac: macAt(plan(), 0), type: 1 }),
        message({ mac: node.mac, type: 3, options: [[54, bytes("192.0.2.5")]] }),
        message({ mac: node.mac, type: 4 }),
        Buffer.from(other),
        Buffer.from("no DHCP"),
        message({ mac: node.mac, type: 1 }).subarray(0, 240),
      ),
    ).toEqual(Array(9).fill(null));
  });

  test("refuses an address that is not the planned one, and renews the planned one", () => {
    const [nak, renewed, informed] = answers(
      message({ mac: node.mac, type: 3, options: [[50, bytes("192.0.2.77")]] }),
      message({ mac: node.mac, type: 3, current: node.address }),
      message({ mac: node.mac, type: 8, current: node.address }),
    );
    expect(nak!.kind).toBe("nak");
    expect(dotted(nak!.packet.subarray(16, 20))).toBe("0.0.0.0");
    expect(nak!.options.has(67)).toBe(false);
    expect(renewed!.kind).toBe("ack");
    expect(dotted(renewed!.packet.subarray(12, 16))).toBe(node.address);
    expect(informed!.options.has(51)).toBe(false);
    expect(dotted(informed!.packet.subarray(16, 20))).toBe("0.0.0.0");
  });
});

describe("a ctlplane without the cloud's DHCP", () => {
  const lab = plan();
  const userData = undercloudUserData(lab)!;

  test("has neither a gateway nor routes that a config drive would carry to the undercloud and the BMC", () => {
    expect(lab.ctlplane.subnet).toMatchObject({ dhcp: false, routes: [] });
    expect(lab.ctlplane.subnet.gateway).toBeUndefined();
    expect(lab.router!.interfaces).toEqual(["access"]);
    for (const { ports } of [lab.undercloud!, lab.bmc!, ...lab.nodes])
      for (const port of ports) expect(port.dhcpOptions).toEqual([]);
  });

  test("gives a config drive to the undercloud and the BMC, and to no node", () => {
    expect([lab.undercloud!, lab.bmc!, ...lab.nodes].map((one) => one.configDrive)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test("has its undercloud serve DHCP, configured by the plan", () => {
    expect(userData).toContain("/etc/systemd/system/ovb-dhcp.service");
    const config = /dhcp\.json[\s\S]*?(\{[\s\S]*?\n *\})/.exec(userData)![1]!;
    expect(JSON.parse(config)).toEqual({ ...server, metadata: "169.254.169.254" });
  });

  test("keeps its undercloud when nodes come or go", () => {
    expect(plan({ nodes: [{ count: 7 }, { name: "more" }] }).undercloud).toEqual(lab.undercloud);
  });

  test("with the cloud's DHCP the undercloud has none", () => {
    const usual = planLab(parseConfig({ lab: "dev", undercloud: raw.undercloud }, "dev"));
    expect(undercloudUserData(usual)).not.toContain("dhcp");
  });
});
