import type { AddressPair } from "../../openstack/neutron";
import { type Cidr, contains, parseCidr, toCidr } from "../../plan/lab/ipv4";
import { aggregate } from "./aggregate";
import type { Problem, Step, TargetPort, TargetSnapshot } from "./snapshot";

export interface PairRules {
  /** Most address pairs of a port: Neutron's max_allowed_address_pair. */
  readonly pairLimit: number;
  /** Whether the planned pairs are sync's to remove as well. */
  readonly ownsPlanned: boolean;
  /** Whether a port may hold the VIPs, by its name. */
  readonly holdsVips: (portName: string) => boolean;
}

/** The address pairs that ports lack or have too many of: one step for each port that differs. */
export function pairSteps(
  { subnet, ports, others }: TargetSnapshot,
  wanted: readonly string[],
  rules: PairRules,
): { steps: Step[]; problems: Problem[] } {
  const cidr = parseCidr(subnet.cidr)!;
  const problems: Problem[] = [];
  const vips = [...new Set(wanted)].filter((vip) => {
    const holder = others.get(vip);
    const why = !contains(cidr, vip)
      ? `lies outside the ctlplane ${subnet.cidr}: give it an address inside on the undercloud`
      : holder?.isInUse
        ? `is the address of ${holder.name}: give the VIP another on the undercloud`
        : undefined;
    if (why) problems.push({ message: `VIP ${vip} ${why}.` });
    return !why;
  });
  const steps = ports.flatMap((port): Step[] => {
    if (!port.portSecurity) return [];
    const after = wantedPairs(port, cidr, rules.holdsVips(port.name) ? vips : [], rules);
    if (after.length > rules.pairLimit) {
      problems.push({
        port: port.name,
        message:
          `needs ${after.length} address pairs even as CIDRs, and has room for ${rules.pairLimit}: give the VIPs ` +
          "neighbouring addresses, or let fewer nodes hold them.",
      });
      return [];
    }
    if (samePairs(port, port.pairs, after)) return [];
    return [{ kind: "pairs", id: port.id, name: port.name, before: port.pairs, after }];
  });
  return { steps, problems };
}

/** What is not sync's stays first, then the planned, then the VIPs: all as CIDRs, in blocks only where they must be. */
function wantedPairs(port: TargetPort, cidr: Cidr, vips: readonly string[], rules: PairRules): AddressPair[] {
  const kept = port.pairs.filter(({ ip_address, mac_address }) => {
    const block = parseCidr(toCidr(ip_address));
    const isInside = block && block.base >= cidr.base && block.base + block.size <= cidr.base + cidr.size;
    return !isInside || mac_address.toLowerCase() !== port.mac;
  });
  const planned = rules.ownsPlanned ? [] : port.planned;
  // A planned pair outside the subnet, such as 169.254.169.254/32, is among the kept already, or missing.
  const missing = planned.filter((one) => !kept.some((pair) => isPair(port, pair, one)));
  const covered = [...planned, ...kept.filter((pair) => isOwnMac(port, pair)).map((pair) => pair.ip_address)];
  const open = vips.filter((vip) => !covered.some((block) => holds(block, vip))).sort();
  const room = rules.pairLimit - kept.length - missing.length;
  const blocks = open.length <= room ? open.map(toCidr) : aggregate(open);
  return [...kept, ...[...missing, ...blocks].map((ip_address) => ({ ip_address }))];
}

/** Whether both are the same set, in whatever order. A pair written as an address is another than its CIDR: it is to be rewritten. */
export function samePairs(
  port: Pick<TargetPort, "mac">,
  a: readonly AddressPair[],
  b: readonly AddressPair[],
): boolean {
  const key = ({ ip_address, mac_address = port.mac }: AddressPair) =>
    `${ip_address} ${mac_address.toLowerCase()}`;
  return [...new Set(a.map(key))].sort().join() === [...new Set(b.map(key))].sort().join();
}

function holds(block: string, address: string): boolean {
  const cidr = parseCidr(toCidr(block));
  return cidr !== undefined && contains(cidr, address);
}

function isOwnMac(port: TargetPort, { mac_address = port.mac }: AddressPair): boolean {
  return mac_address.toLowerCase() === port.mac;
}

function isPair(port: TargetPort, pair: AddressPair, address: string): boolean {
  return isOwnMac(port, pair) && toCidr(pair.ip_address) === address;
}
