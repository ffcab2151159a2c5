import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ConfigError, parseConfig } from "../../../../plan/config/parseConfig";
import { compressedUserData } from "../../../../plan/guest/compressed";
import { undercloudUserData } from "../../../../plan/guest/undercloudUserData";
import { isHost, parseCidr, toNumber } from "../../../../plan/lab/ipv4";
import type { LabPlan, PortPlan } from "../../../../plan/lab/labPlan";
import type { CreatedNetwork } from "../../../../plan/lab/networkPlan";
import { mostAddressPairs } from "../../../../plan/lab/neutronLimits";
import { planLab } from "../../../../plan/lab/planLab";
import { serversOf } from "../../../../plan/lab/servers";
import { arbitraryConfig } from "../../../support/arbitraryConfig";

type Raw = Record<string, unknown>;
type Group = { name: string; count: number; without?: number[] };

const plan = (raw: Raw): LabPlan => planLab(parseConfig(raw, "dev"));
const check = (property: (raw: Raw, lab: LabPlan) => void, numRuns = 100) =>
  fc.assert(
    fc.property(arbitraryConfig, (raw) => property(raw, plan(raw))),
    { numRuns },
  );

const ports = (lab: LabPlan): PortPlan[] => serversOf(lab).flatMap((server) => server.ports);

/** The lab's own networks by the key that ports name them by. */
function ownNetworks(lab: LabPlan): Map<string, CreatedNetwork> {
  const networks = new Map<string, CreatedNetwork>([["ctlplane", lab.ctlplane]]);
  if (lab.access.kind === "create") networks.set("access", lab.access);
  for (const network of lab.networks) if (network.kind === "create") networks.set(network.key, network);
  return networks;
}

const unique = (values: readonly string[]) => expect([...new Set(values)]).toEqual(values);

describe("any valid configuration", () => {
  it("plans, and no name is there twice", () => {
    check((_raw, lab) => {
      unique(serversOf(lab).map((server) => server.name));
      unique(ports(lab).map((port) => port.name));
      unique([...ownNetworks(lab).values()].map((network) => network.name));
      unique([...ownNetworks(lab).values()].map((network) => network.subnet.name));
      unique(lab.securityGroups.map((group) => group.name));
      unique(lab.securityGroups.flatMap((group) => group.rules.map((rule) => rule.name)));
    });
  });

  it("is the same when it was checked already, as createLab may be given it", () => {
    check((raw) => {
      const checked = parseConfig(raw, "dev");
      expect(parseConfig({ ...checked }, checked.lab)).toEqual(checked);
    });
  });

  it("gives each port an address of its network that a host may have, outside the pool, and its own", () => {
    check((_raw, lab) => {
      const networks = ownNetworks(lab);
      const taken = new Set<string>();
      for (const [key, { subnet }] of networks) if (subnet.gateway) taken.add(`${key} ${subnet.gateway}`);
      for (const port of ports(lab)) {
        if (port.address === undefined) continue;
        const { subnet } = networks.get(port.network)!;
        expect(isHost(parseCidr(subnet.cidr)!, port.address)).toBe(true);
        if (subnet.pool) expect(inside(subnet.pool, port.address)).toBe(false);
        const seat = `${port.network} ${port.address}`;
        expect(taken).not.toContain(seat);
        taken.add(seat);
      }
      for (const node of lab.nodes)
        expect(node.ports[0]).toMatchObject({ network: "ctlplane", address: node.address });
    });
  });

  it("gives each planned port a MAC with the prefix, unicast, once in the lab", () => {
    check((raw, lab) => {
      const macs = ports(lab).flatMap((port) => (port.mac ? [port.mac] : []));
      expect(macs.length).toBeGreaterThanOrEqual(lab.nodes.length + (lab.undercloud ? 1 : 0));
      unique(macs);
      for (const mac of macs) {
        expect(mac).toMatch(/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/);
        expect(mac.startsWith((raw.macPrefix as string | undefined) ?? "20:57:f8")).toBe(true);
      }
    });
  });

  it("gives each node an IPMI endpoint of its own", () => {
    check((_raw, lab) => {
      unique(lab.nodes.map((node) => `${node.ipmiAddress} ${node.ipmiPort}`));
      for (const node of lab.nodes) expect(node.ipmiPort).toBeLessThanOrEqual(65535);
    });
  });

  it("stays within Neutron's and Nova's limits", () => {
    check((_raw, lab) => {
      for (const port of ports(lab)) {
        expect(port.allowedAddressPairs.length).toBeLessThanOrEqual(mostAddressPairs);
        for (const { value } of port.dhcpOptions) expect(value.length).toBeLessThanOrEqual(255);
      }
      // What goes over the wire is base64: Nova's 65535 are of that. Ironic's is compressed.
      const text = undercloudUserData(lab) ?? "";
      const userData = lab.undercloud?.ironic
        ? compressedUserData(text)
        : Buffer.from(text).toString("base64");
      expect(userData.length).toBeLessThanOrEqual(65535);
      for (const { name } of serversOf(lab)) expect(name).toMatch(/^[a-z0-9-]{1,63}$/);
    });
  });

  it("plans the same again, whatever the order of the keys", () => {
    check((raw, lab) => {
      expect(plan(raw)).toEqual(lab);
      expect(JSON.stringify(plan(Object.fromEntries(Object.entries(raw).reverse())))).toBe(
        JSON.stringify(lab),
      );
    });
  });

  it("counts what it plans", () => {
    check((_raw, lab) => {
      const own = ownNetworks(lab).size;
      const router = lab.router?.interfaces.length ?? 0;
      expect(lab.totals.instances).toBe(lab.nodes.length + (lab.bmc ? 1 : 0) + (lab.undercloud ? 1 : 0));
      // A port more on each network of ours for its DHCP server.
      expect(lab.totals.ports).toBe(ports(lab).length + router + own);
      expect(lab.totals.networks).toBe(own);
    });
  });
});

describe("a change of one group", () => {
  it("grown, leaves every node that is there as it is, or is refused by name", () => {
    const seen = { grown: 0, refused: 0 };
    fc.assert(
      fc.property(arbitraryConfig, fc.nat(2), fc.integer({ min: 1, max: 6 }), (raw, pick, more) => {
        const groups = raw.nodes as Group[];
        const position = pick % groups.length;
        const grown = groups.with(position, { ...groups[position]!, count: groups[position]!.count + more });
        const before = plan(raw);
        let after: LabPlan;
        try {
          after = plan({ ...raw, nodes: grown });
        } catch (error) {
          expect((error as ConfigError).problems?.join("\n")).toMatch(
            /^ovb:(nodes\[\d\]|(undercloud\.)?vips)/m,
          );
          seen.refused++;
          return;
        }
        seen.grown++;
        const byKey = new Map(after.nodes.map((node) => [node.key, node]));
        for (const node of before.nodes) expect(byKey.get(node.key)).toEqual(node);
        expect(after.nodes).toHaveLength(before.nodes.length + more);
        expect(rest(after)).toEqual(rest(before));
      }),
      { numRuns: 200 },
    );
    // Both happen, or the property above would prove less than it says.
    expect(seen.grown).toBeGreaterThan(20);
    expect(seen.refused).toBeGreaterThan(20);
  });

  it("less one node, takes that node and changes no other", () => {
    let removed = 0;
    fc.assert(
      fc.property(arbitraryConfig, fc.nat(), (raw, pick) => {
        const before = plan(raw);
        const victim = before.nodes[pick % Math.max(1, before.nodes.length)];
        if (!victim) return;
        removed++;
        const index = Number(victim.key.split("-").at(-1));
        const nodes = (raw.nodes as Group[]).map((group) =>
          group.name === victim.group ? { ...group, without: [...(group.without ?? []), index] } : group,
        );
        const after = plan({ ...raw, nodes });
        expect(after.nodes).toEqual(before.nodes.filter((node) => node !== victim));
        expect(rest(after)).toEqual(rest(before));
      }),
      { numRuns: 100 },
    );
    expect(removed).toBeGreaterThan(50);
  });
});

/** What is not of the nodes. The ctlplane's security group comes with the first port that needs it and goes with the last. */
function rest({ nodes, totals, securityGroups, ...others }: LabPlan) {
  return { ...others, securityGroups: securityGroups.filter((group) => group.key !== "ctlplane") };
}

function inside(pool: { start: string; end: string }, address: string): boolean {
  return toNumber(address) >= toNumber(pool.start) && toNumber(address) <= toNumber(pool.end);
}
