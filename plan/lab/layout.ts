import { type Cidr, nth, offsetOf, parseCidr, toAddress, toNumber } from "./ipv4";
import type { AddressRange } from "./networkPlan";
import type { GroupConfig, LabConfig } from "./schema/configSchema";

/**
 * Where everything sits on the ctlplane: what the configuration says, else these places, given as offsets of a
 * /24 and scaled to other sizes. Gateway .1, pool .30-.199 and undercloud .240 are those of the article this
 * project comes from (TripleO on a public OpenStack, 2016). Nodes lie before the pool, not in it: Neutron hands
 * out pool addresses at random, to its own DHCP port among others, so a planned one could be taken.
 */
const firstNodeOffset = 10;
const groupStride = 8;
const poolOffsets = { start: 30, end: 199 };
const undercloudOffset = 240;
/** The nodes' BMC addresses: a sixteenth of the subnet, between the pool and the undercloud. */
const blockOffset = 224;
const blockBits = 4;
/** Of nodes that a TripleO inspects: between the pool and the undercloud, like its VIPs. */
const inspectionOffsets = { start: 200, end: 219 };

/** Where a cloud's VMs ask for their metadata. */
export const metadataAddress = "169.254.169.254";

/** Slots tell nodes' MACs and UDP ports apart; a ctlplane of /20, the largest allowed, has this many addresses. */
export const slots = 4096;

export interface Layout {
  readonly ctlplane: Cidr;
  readonly gateway: string;
  readonly pool: AddressRange;
  readonly undercloud: string;
  readonly bmc: string;
  /** Addresses of the nodes' BMCs, as a CIDR, for the modes in which each has its own. */
  readonly bmcBlock: string;
  /** What an undercloud with a DHCP server of its own may give away, when it is not this program's. */
  readonly dhcpRange: AddressRange;
  readonly inspectionRange: AddressRange;
}

export function layout(config: LabConfig): Layout {
  const cidr = parseCidr(config.ctlplane.cidr)!;
  const range = ({ start, end }: { start: number; end: number }): AddressRange => ({
    start: nth(cidr, scale(cidr, start)),
    end: nth(cidr, scale(cidr, end)),
  });
  const undercloud = config.undercloud.address ?? nth(cidr, scale(cidr, undercloudOffset));
  return {
    ctlplane: cidr,
    gateway: config.ctlplane.gateway ?? nth(cidr, 1),
    pool: config.ctlplane.pool ?? range(poolOffsets),
    undercloud,
    bmc: config.bmc.address ?? nth(cidr, scale(cidr, undercloudOffset) + 1),
    bmcBlock: config.bmc.addressBlock ?? `${nth(cidr, scale(cidr, blockOffset))}/${cidr.prefix + blockBits}`,
    dhcpRange: config.undercloud.dhcpRange ?? {
      start: nth(cidr, scale(cidr, firstNodeOffset)),
      end: nth(cidr, scale(cidr, poolOffsets.start) - 1),
    },
    inspectionRange: config.undercloud.inspectionRange ?? range(inspectionOffsets),
  };
}

/**
 * The address of a node's BMC in the block. It depends on the node's own place alone, so that no other node moves when
 * one comes or goes; two nodes may get the same one when the block is small, which checkConfig refuses.
 */
export function bmcAddress(block: Cidr, slot: number): string {
  return nth(block, slot % block.size);
}

function scale(cidr: Cidr, offset: number): number {
  return Math.floor((offset * cidr.size) / 256);
}

export interface NodeSeat {
  /** GROUP-INDEX. */
  readonly key: string;
  readonly index: number;
  readonly address: string;
  /** 0 to 4095; the same for the same address, whatever other nodes there are. */
  readonly slot: number;
}

/** The seats of a group's nodes. They depend on the group's place and the node's index alone, not on the count. */
export function seats(cidr: Cidr, group: GroupConfig, position: number): NodeSeat[] {
  const first = scale(cidr, firstNodeOffset);
  const start = group.firstAddress
    ? toNumber(group.firstAddress)
    : cidr.base + first + position * scale(cidr, groupStride);
  const indices = Array.from({ length: group.count }, (_, index) => index);
  return indices
    .filter((index) => !group.without.includes(index))
    .map((index) => {
      const address = toAddress(start + index);
      const slot = (offsetOf(cidr, address) - first + slots) % slots;
      return { key: `${group.name}-${index}`, index, address, slot };
    });
}
