import { contains, toCidr } from "../lab/ipv4";
import type { Layout } from "../lab/layout";
import { mostAddressPairs } from "../lab/neutronLimits";
import type { LabConfig } from "../lab/schema/configSchema";
import { addressBook, blockOf, meets, poolAdvice, rangeOf } from "./addressBook";
import type { Note, Path } from "./problem";

/** Checks what may be held beside an own address. */
export function checkVips(config: LabConfig, where: Layout, note: Note): void {
  const holders = addressBook(config, where);
  checkVipList(["undercloud", "vips"], config.undercloud.vips, config.ctlplane.metadataRoute ? 1 : 0);
  config.nodes.forEach((group, i) => {
    checkVipList(["nodes", i, "vips"], group.vips, 0);
  });

  function checkVipList(path: Path, vips: readonly string[], more: number): void {
    if (new Set(vips.map(toCidr)).size + more > mostAddressPairs) {
      const metadata = more ? " with 169.254.169.254/32" : "";
      note(
        path,
        `makes more than ${mostAddressPairs} address pairs on a port${metadata}, Neutron's limit; give a block as one CIDR`,
      );
    }
    for (const [i, vip] of vips.entries()) {
      const own = [...path, i];
      const block = blockOf(vip);
      const last = block.base + block.size - 1;
      const { ctlplane: cidr, pool } = where;
      if (block.base < cidr.base || last >= cidr.base + cidr.size) {
        note(own, `lies outside ovb:ctlplane.cidr ${config.ctlplane.cidr}; choose one inside`);
        continue;
      }
      if (meets(rangeOf(block), pool)) {
        note(own, `lies in the allocation pool ${pool.start} to ${pool.end}: ${poolAdvice}`);
      }
      const holder = holders.find(({ address }) => contains(block, address));
      if (holder) note(own, `takes ${holder.address}, the address of ${holder.name}; choose another`);
    }
  }
}
