import { contains, overlaps, parseCidr } from "../lab/ipv4";
import { bmcAddress, type Layout, seats } from "../lab/layout";
import type { LabConfig } from "../lab/schema/configSchema";
import { addressBook, blockOf, meets, rangeOf } from "./addressBook";
import type { Note, Path } from "./problem";

/**
 * QEMU's i440fx has 32 PCI slots (include/hw/pci/pci.h, PCI_SLOT_MAX); chipset, disk, balloon, config drive and the two
 * NICs that every BMC has take up to eight of them.
 */
const mostNics = 24;

/** Checks the BMC's addresses and what the nodes' boot strategies need. */
export function checkBmc(config: LabConfig, where: Layout, note: Note): void {
  const { bmc } = config;
  if (!bmc.enabled) return;
  const { httpPort, httpsPort } = bmc.redfish;
  if (httpPort !== 0 && httpPort === httpsPort)
    note(
      ["bmc", "redfish", "httpPort"],
      "is ovb:bmc.redfish.httpsPort already; choose another, or 0 for none",
    );
  if (config.images.iso.source === "none") {
    config.nodes.forEach(({ bootStrategy }, i) => {
      if (bootStrategy !== "rescue") return;
      note(
        ["nodes", i, "bootStrategy"],
        "rescue boots the lab's ISO, and ovb:images.iso.source is none; choose rebuild or disk, or let it be built",
      );
    });
  }
  if (bmc.mode === "port") {
    if (bmc.addressBlock)
      note(
        ["bmc", "addressBlock"],
        "is of no use in ovb:bmc.mode port; set mode to address or nic, or leave it out",
      );
    return;
  }
  checkBlock(config, where, note);
}

function checkBlock(config: LabConfig, where: Layout, note: Note): void {
  const { bmc, ctlplane } = config;
  const path: Path = bmc.addressBlock ? ["bmc", "addressBlock"] : ["bmc", "mode"];
  const block = parseCidr(where.bmcBlock)!;
  const subnet = where.ctlplane;
  const way = "set ovb:bmc.addressBlock to a free stretch of the ctlplane";
  const last = block.base + block.size - 1;
  // Neither the subnet's own address nor its broadcast.
  if (block.base <= subnet.base || last >= subnet.base + subnet.size - 1) {
    note(
      path,
      `${where.bmcBlock} does not lie within the hosts of ovb:ctlplane.cidr ${ctlplane.cidr}; ${way}`,
    );
    return;
  }
  const { pool } = where;
  if (meets(rangeOf(block), pool))
    note(path, `${where.bmcBlock} lies in the allocation pool ${pool.start} to ${pool.end}; ${way}`);
  const nodes = config.nodes.flatMap((group, i) => seats(subnet, group, i));
  const holder = addressBook(config, where).find(({ address }) => contains(block, address));
  if (holder) note(path, `${where.bmcBlock} takes ${holder.address}, the address of ${holder.name}; ${way}`);
  for (const vip of [config.undercloud, ...config.nodes].flatMap(({ vips }) => vips)) {
    if (overlaps(block, blockOf(vip))) note(path, `${where.bmcBlock} overlaps with the VIP ${vip}; ${way}`);
  }
  if (nodes.length > block.size) {
    note(path, `${where.bmcBlock} has ${block.size} addresses for ${nodes.length} nodes; ${way}, larger`);
  } else {
    const taken = new Map<string, string>();
    for (const { key, slot } of nodes) {
      const address = bmcAddress(block, slot);
      const other = taken.get(address);
      if (other) {
        note(
          path,
          `${where.bmcBlock} is too small to tell ${other} and ${key} apart (${address}); ${way}, larger`,
        );
        break;
      }
      taken.set(address, key);
    }
  }
  if (bmc.mode === "nic" && nodes.length > mostNics) {
    note(
      ["bmc", "mode"],
      `nic: a VM has room for ${mostNics} NICs of nodes, and there are ${nodes.length}; choose address or port`,
    );
  }
}
