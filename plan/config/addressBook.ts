import { type Cidr, parseCidr, toAddress, toCidr, toNumber } from "../lab/ipv4";
import { type Layout, seats } from "../lab/layout";
import type { AddressRange } from "../lab/networkPlan";
import type { LabConfig } from "../lab/schema/configSchema";
import type { Path } from "./problem";

/** Who has an address of the ctlplane. */
export interface Holder {
  readonly address: string;
  /** "the gateway", "node node-0". */
  readonly name: string;
  /** The key that says so, default or not. Absent: a node's follows from its group. */
  readonly path?: Path;
}

/** Everybody's planned address, VIPs and BMC addresses of nodes aside. */
export function addressBook(config: LabConfig, where: Layout): readonly Holder[] {
  const nodes = config.nodes.flatMap((group, i) => seats(where.ctlplane, group, i));
  return [
    ...fixedHolders(config, where),
    ...nodes.map(({ key, address }) => ({ address, name: `node ${key}` })),
  ];
}

/** Those that are there whatever nodes there are. The undercloud's may be no address of the ctlplane where it is elsewhere. */
export function fixedHolders({ bmc }: LabConfig, where: Layout): readonly (Holder & { path: Path })[] {
  return [
    { address: where.gateway, name: "the gateway", path: ["ctlplane", "gateway"] },
    { address: where.undercloud, name: "the undercloud", path: ["undercloud", "address"] },
    ...(bmc.enabled ? [{ address: where.bmc, name: "the BMC", path: ["bmc", "address"] }] : []),
  ];
}

/** An address or a CIDR as a block of addresses. */
export function blockOf(addressOrCidr: string): Cidr {
  return parseCidr(toCidr(addressOrCidr))!;
}

/** From a block's first address to its last. */
export function rangeOf({ base, size }: Cidr): AddressRange {
  return { start: toAddress(base), end: toAddress(base + size - 1) };
}

export function meets(a: AddressRange, b: AddressRange): boolean {
  return toNumber(a.start) <= toNumber(b.end) && toNumber(b.start) <= toNumber(a.end);
}

export function inPool({ pool }: Layout, address: string): boolean {
  return meets(pool, { start: address, end: address });
}

export const poolAdvice =
  "Neutron may give it to something else first; choose one outside, or change ovb:ctlplane.pool";
