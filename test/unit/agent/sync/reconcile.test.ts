import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aggregate } from "../../../../agent/sync/aggregate";
import { reconcile } from "../../../../agent/sync/reconcile";
import type { SourceSnapshot, Step, TargetSnapshot } from "../../../../agent/sync/snapshot";
import { contains, parseCidr, toAddress, toCidr, toNumber } from "../../../../plan/lab/ipv4";
import { at, mac, PortRules, port, subnet } from "../../../support/sync";

const cidrAt = (offset: number) => toCidr(at(offset));
const rules = { pairLimit: 10, ownsPlanned: false, holdsVips: () => true };
const other = { subnet_id: "other", ip_address: "198.51.100.7" };

interface World {
  readonly target: TargetSnapshot;
  readonly source: SourceSnapshot;
}

/** Few addresses and many who want them, so that chains, circles and quarrels are the rule. */
const world: fc.Arbitrary<World> = fc
  .record({
    seats: fc.shuffledSubarray(
      Array.from({ length: 12 }, (_, i) => 10 + i),
      { minLength: 4, maxLength: 12 },
    ),
    counts: fc.array(fc.constantFrom(1, 1, 1, 1, 2, 0), { minLength: 1, maxLength: 8 }),
    extra: fc.nat(7),
    strangers: fc.subarray([15, 16, 30]),
    given: fc.shuffledSubarray(Array.from({ length: 14 }, (_, i) => 10 + i)),
    silent: fc.subarray([0, 1, 2, 3, 4, 5, 6, 7]),
    vips: fc.uniqueArray(fc.integer({ min: 40, max: 80 }), { maxLength: 40 }),
    planned: fc.subarray([cidrAt(45), "192.0.2.64/30", "169.254.169.254/32"]),
    bare: fc.subarray([12, 13, 50]),
    stale: fc.subarray([at(90), at(91), at(14), "169.254.169.254/32", "10.0.0.0/8"]),
    open: fc.boolean(),
  })
  .map(({ seats, counts, extra, strangers, given, silent, vips, planned, stale, bare, open }) => {
    const others = new Map(
      strangers.map((offset) => [at(offset), { name: `stranger-${offset}`, isInUse: true }]),
    );
    const free = seats.filter((offset) => !strangers.includes(offset));
    const ports = counts.map((count, i) => {
      const one = port(i, free.splice(0, count).map(at), { planned, portSecurity: !open });
      const pairs = [...planned, ...stale].map((ip_address) => ({ ip_address, mac_address: one.mac }));
      const fixedIps = i === extra ? [...one.fixedIps, other] : one.fixedIps;
      return { ...one, fixedIps, pairs: open ? [] : pairs.filter((_, n) => n % 2 === i % 2) };
    });
    const barePairs = bare.map((offset) => ({
      ...{ address: at(offset), portId: "stranger", portName: "stranger" },
    }));
    const addresses = new Map<string, string>();
    counts.forEach((_, i) => {
      if (!silent.includes(i) && given[i] !== undefined) addresses.set(mac(i), at(given[i]));
    });
    return { target: { subnet, ports, others, barePairs }, source: { addresses, vips: vips.map(at) } };
  });

const isMove = (step: Step) => step.kind !== "pairs";
const onSubnet = (from: TargetSnapshot, id: string) =>
  from.ports.find((one) => one.id === id)!.fixedIps.filter((ip) => ip.subnet_id === subnet.id);

/** Everything done, in the order given; gives the state after it. */
function settle({ target, source }: World, most = Number.POSITIVE_INFINITY): PortRules {
  const neutron = new PortRules(target);
  for (const step of reconcile(source, target, rules).steps.slice(0, most)) neutron.apply(step);
  return neutron;
}

const check = (property: (world: World, n: number) => void) =>
  fc.assert(fc.property(world, fc.nat(30), property), { numRuns: 500 });

describe("any lab and any undercloud", () => {
  it("takes no step that Neutron refuses, and is done after one pass", () => {
    let moved = 0;
    check((one) => {
      const after = settle(one);
      moved += reconcile(one.source, one.target, rules).steps.filter(isMove).length;
      expect(reconcile(one.source, after.snapshot, rules).steps).toEqual([]);
    });
    expect(moved).toBeGreaterThan(500);
  });

  it("gives each node the address that was given out, or says why not", () => {
    check((one) => {
      const { problems } = reconcile(one.source, one.target, rules);
      const after = settle(one).snapshot;
      for (const { id, mac: own, name } of one.target.ports) {
        const wanted = one.source.addresses.get(own);
        const has = onSubnet(after, id).map((ip) => ip.ip_address);
        expect(has.length).toBeGreaterThan(0);
        const isRefused = problems.some(
          (problem) => problem.port === name && /cannot get|left as it is/.test(problem.message),
        );
        if (wanted && !isRefused) expect(has).toContain(wanted);
        if (wanted && one.target.others.has(wanted)) expect(isRefused).toBe(true);
      }
    });
  });

  it("keeps addresses on other subnets, and a second one on this subnet that nobody else is to have", () => {
    check((one) => {
      const after = settle(one).snapshot;
      const wanted = new Set(one.source.addresses.values());
      for (const before of one.target.ports) {
        const now = after.ports.find((later) => later.id === before.id)!;
        expect(now.fixedIps.filter((ip) => ip.subnet_id === "other")).toEqual(
          before.fixedIps.filter((ip) => ip.subnet_id === "other"),
        );
        const lost = before.fixedIps.filter(
          (ip) =>
            ip.subnet_id === subnet.id && !now.fixedIps.some((kept) => kept.ip_address === ip.ip_address),
        );
        expect(lost.filter((ip) => !wanted.has(ip.ip_address)).length).toBeLessThanOrEqual(1);
      }
    });
  });

  it("killed after any step, the next run finishes it and no node stays without an address", () => {
    check((one, n) => {
      const stopped = settle(one, n).snapshot;
      const after = settle({ ...one, target: stopped }).snapshot;
      expect(reconcile(one.source, after, rules).steps).toEqual([]);
      for (const { id } of after.ports) expect(onSubnet(after, id)).not.toEqual([]);
    });
  });

  it("puts on a port the VIPs, the planned pairs and what is not of this subnet, and no address more", () => {
    check((one) => {
      const { problems } = reconcile(one.source, one.target, rules);
      for (const now of settle(one).ports) {
        const before = one.target.ports.find((each) => each.id === now.id)!;
        const pairs = now.pairs.map((pair) => pair.ip_address);
        if (!now.portSecurity) {
          expect(pairs).toEqual([]);
          continue;
        }
        expect(pairs.length).toBeLessThanOrEqual(10);
        if (
          problems.some(
            (problem) => problem.port === now.name && /address pairs|left as it is/.test(problem.message),
          )
        ) {
          expect(now.pairs).toEqual(before.pairs);
          continue;
        }
        expect(pairs).toEqual(expect.arrayContaining(now.planned.filter((one) => !one.startsWith("169"))));
        const foreign = before.pairs.map((pair) => pair.ip_address).filter((text) => /^(10|169)/.test(text));
        expect(pairs).toEqual(expect.arrayContaining(foreign));
        const wanted = new Set([...one.source.vips, ...now.planned.flatMap(hosts)]);
        const allowed = new Set(pairs.filter((text) => text.startsWith("192")).flatMap(hosts));
        expect([...allowed].sort()).toEqual([...wanted].filter((text) => text.startsWith("192")).sort());
      }
    });
  });
});

describe("a pair that somebody wrote as an address, which on OVN takes the network from a port that has it", () => {
  const barePairs = [{ address: at(20), portId: "theirs", portName: "keepalived" }];
  const wants = (addresses: [string, string][], vips: string[] = []) => ({
    addresses: new Map(addresses),
    vips,
  });

  it("no node is given its address: the problem says whose it is and how to write it", () => {
    const target = { subnet, ports: [port(0, [at(10)])], others: new Map(), barePairs };
    const { steps, problems } = reconcile(wants([[mac(0), at(20)]]), target, rules);
    expect(steps).toEqual([]);
    expect(problems).toEqual([
      {
        port: "lab-node-0-ctlplane",
        message:
          "cannot get 192.0.2.20, which is an address pair of keepalived, written without /32: on OVN the node would lose its network; write that pair as 192.0.2.20/32.",
      },
    ]);
  });

  it("nothing is changed on a node that has the address, because the change is what does it", () => {
    const target = { subnet, ports: [port(0, [at(20)]), port(1, [at(11)])], others: new Map(), barePairs };
    const { steps, problems } = reconcile(wants([], [at(50)]), target, rules);
    expect(steps.map(({ id }) => id)).toEqual(["port-1"]);
    expect(problems).toMatchObject([{ port: "lab-node-0-ctlplane", message: /its 192\.0\.2\.20 is an/ }]);
  });

  it("an own one is written anew before the node that has the address is touched", () => {
    const pairs = [{ ip_address: at(10), mac_address: mac(1) }];
    const target = {
      subnet,
      ports: [port(0, [at(10)]), port(1, [at(11)], { pairs })],
      others: new Map(),
      barePairs: [],
    };
    const { steps, problems } = reconcile(wants([], [at(50)]), target, rules);
    expect(problems).toEqual([]);
    expect(steps.map(({ id }) => id)).toEqual(["port-1", "port-0"]);
  });
});

describe("a swap", () => {
  it("of any permutation takes one step for each node that moves and one more for each circle", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }).chain((n) => {
          const all = Array.from({ length: n }, (_, i) => i);
          return fc.shuffledSubarray(all, { minLength: n, maxLength: n });
        }),
        (to) => {
          const target = {
            subnet,
            ports: to.map((_, i) => port(i, [at(10 + i)])),
            others: new Map(),
            barePairs: [],
          };
          const source = { addresses: new Map(to.map((seat, i) => [mac(i), at(10 + seat)])), vips: [] };
          const { steps } = reconcile(source, target, rules);
          const moving = to.filter((seat, i) => seat !== i).length;
          expect(steps).toHaveLength(moving + circles(to));
          expect(steps.filter((step) => step.kind === "release")).toHaveLength(circles(to));
          const after = settle({ target, source });
          to.forEach((seat, i) => {
            expect(after.port(`port-${i}`).fixedIps[0]!.ip_address).toBe(at(10 + seat));
          });
        },
      ),
    );
  });

  it("of two nodes: one lets go, the other moves, the first takes its place", () => {
    const target = {
      subnet,
      ports: [port(0, [at(10)]), port(1, [at(11)])],
      others: new Map(),
      barePairs: [],
    };
    const source = {
      addresses: new Map([
        [mac(0), at(11)],
        [mac(1), at(10)],
      ]),
      vips: [],
    };
    const { steps } = reconcile(source, target, rules);
    expect(steps.map(({ kind, id, after }) => [kind, id, after])).toEqual([
      ["release", "port-0", []],
      ["move", "port-1", [{ subnet_id: "ctlplane", ip_address: at(10) }]],
      ["move", "port-0", [{ subnet_id: "ctlplane", ip_address: at(11) }]],
    ]);
  });

  it("with a node that the undercloud does not know moves that one to the address left free", () => {
    const target = {
      subnet,
      ports: [port(0, [at(10)]), port(1, [at(11)])],
      others: new Map(),
      barePairs: [],
    };
    const { steps, problems } = reconcile(
      { addresses: new Map([[mac(1), at(10)]]), vips: [] },
      target,
      rules,
    );
    expect(steps.map(({ kind, id }) => [kind, id])).toEqual([
      ["release", "port-1"],
      ["move", "port-0"],
      ["move", "port-1"],
    ]);
    expect(steps[1]!.after).toEqual([{ subnet_id: "ctlplane", ip_address: at(11) }]);
    expect(problems).toEqual([]);
  });
});

describe("address pairs", () => {
  const vips = (count: number, first = 64) => Array.from({ length: count }, (_, i) => at(first + i));
  const pairsOf = (wanted: string[], change = {}, more = {}) => {
    const target = { subnet, ports: [port(0, [at(10)], change)], others: new Map(), barePairs: [] };
    const { steps, problems } = reconcile({ addresses: new Map(), vips: wanted }, target, {
      ...rules,
      ...more,
    });
    const step = steps[0];
    return {
      pairs: step?.kind === "pairs" ? step.after.map((pair) => pair.ip_address) : undefined,
      problems,
    };
  };

  it("ten are ten, eleven neighbours become CIDRs that hold exactly them", () => {
    expect(pairsOf(vips(10)).pairs).toEqual(vips(10).map(toCidr));
    expect(pairsOf(vips(11)).pairs).toEqual(["192.0.2.64/29", "192.0.2.72/31", "192.0.2.74/32"]);
  });

  it("eleven that are no neighbours are refused with the way out, and nothing is half done", () => {
    const { pairs, problems } = pairsOf(Array.from({ length: 11 }, (_, i) => at(64 + 2 * i)));
    expect(pairs).toBeUndefined();
    expect(problems).toEqual([
      {
        port: "lab-node-0-ctlplane",
        message: expect.stringMatching(/^needs 11 address pairs even as CIDRs, and has room for 10: give/),
      },
    ]);
  });

  it("planned ones stay, and go only when sync owns them", () => {
    const change = { planned: [cidrAt(50)], pairs: [{ ip_address: cidrAt(50), mac_address: mac(0) }] };
    expect(pairsOf([], change).pairs).toBeUndefined();
    expect(pairsOf([], change, { ownsPlanned: true }).pairs).toEqual([]);
  });

  it("another MAC's pair and one outside the subnet are somebody else's", () => {
    const pairs = [
      { ip_address: at(50), mac_address: "02:00:00:00:00:01" },
      { ip_address: "169.254.169.254/32", mac_address: mac(0) },
      { ip_address: at(51), mac_address: mac(0) },
    ];
    expect(pairsOf([], { pairs }).pairs).toEqual([at(50), "169.254.169.254/32"]);
  });

  it("written as an address, as older versions did, is written anew as a CIDR", () => {
    const pairs = [{ ip_address: at(50), mac_address: mac(0) }];
    expect(pairsOf([at(50)], { pairs }).pairs).toEqual([cidrAt(50)]);
    expect(pairsOf([], { planned: [cidrAt(50)], pairs }).pairs).toEqual([cidrAt(50)]);
  });

  it("the address of a machine is no VIP", () => {
    const others = new Map([
      [at(240), { name: "lab-undercloud-ctlplane", isInUse: true }],
      [at(50), { name: "reserved", isInUse: false }],
    ]);
    const target = { subnet, ports: [port(0, [at(10)])], others, barePairs: [] };
    const source = { addresses: new Map(), vips: [at(240), at(50), "203.0.113.5"] };
    const { steps, problems } = reconcile(source, target, rules);
    expect(steps).toMatchObject([{ kind: "pairs", after: [{ ip_address: cidrAt(50) }] }]);
    expect(problems.map(({ message }) => message)).toEqual([
      "VIP 192.0.2.240 is the address of lab-undercloud-ctlplane: give the VIP another on the undercloud.",
      "VIP 203.0.113.5 lies outside the ctlplane 192.0.2.0/24: give it an address inside on the undercloud.",
    ]);
  });

  it("aggregate holds exactly the addresses it was given", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 70 })), (offsets) => {
        const blocks = aggregate(offsets.map(at));
        expect(blocks.flatMap(hosts)).toEqual([...new Set(offsets)].sort((a, b) => a - b).map(at));
        for (const one of blocks)
          for (const two of blocks) if (one !== two) expect(hosts(one)).not.toContain(two);
      }),
    );
  });
});

function circles(to: readonly number[]): number {
  const seen = new Set<number>();
  let count = 0;
  to.forEach((seat, i) => {
    if (seat === i || seen.has(i)) return;
    count++;
    for (let at = i; !seen.has(at); at = to[at]!) seen.add(at);
  });
  return count;
}

/** Every address of an address or CIDR. */
function hosts(text: string): string[] {
  const cidr = parseCidr(toCidr(text))!;
  const all = Array.from({ length: cidr.size }, (_, i) => toAddress(cidr.base + i));
  return all.filter((one) => contains(cidr, one)).sort((a, b) => toNumber(a) - toNumber(b));
}
