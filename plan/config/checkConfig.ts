import { type Cidr, contains, isHost, overlaps, parseCidr, toNumber } from "../lab/ipv4";
import { type Layout, layout, metadataAddress, type NodeSeat, seats, slots } from "../lab/layout";
import { mostAddressPairs } from "../lab/neutronLimits";
import type { LabConfig } from "../lab/schema";
import { checkBmc } from "./checkBmc";
import { checkUndercloud } from "./checkUndercloud";
import type { Note, Path, Problem } from "./problem";

/** Checks what only makes sense together. Every value is right by itself already. */
export function checkConfig(config: LabConfig): Problem[] {
  const problems: Problem[] = [];
  const note: Note = (path, message) => problems.push({ path, message });
  const cidr = parseCidr(config.ctlplane.cidr)!;
  if (cidr.prefix < 20 || cidr.prefix > 26) {
    note(
      ["ctlplane", "cidr"],
      "must be a /20 to /26: smaller ones have no room, larger ones more nodes than MACs",
    );
    return problems;
  }
  const where = layout(config);
  checkSubnets(config, note);
  checkCtlplane(config, where, note);
  checkGroups(config, where, note);
  checkPortNames(config, where, note);
  checkVips(config, where, note);
  checkImages(config, note);
  checkBmc(config, where, note);
  checkUndercloud(config, where, note);
  if (config.bmc.firstPort + slots - 1 > 65535) {
    note(
      ["bmc", "firstPort"],
      `must be at most ${65536 - slots}: ${slots} ports from it on belong to the nodes`,
    );
  }
  return problems;
}

function inPool({ pool }: Layout, address: string): boolean {
  return toNumber(address) >= toNumber(pool.start) && toNumber(address) <= toNumber(pool.end);
}

const poolAdvice =
  "Neutron may give it to something else first; choose one outside, or change ovb:ctlplane.pool";

function checkSubnets(config: LabConfig, note: Note): void {
  const subnets: { path: Path; cidr: string }[] = [
    { path: ["ctlplane", "cidr"], cidr: config.ctlplane.cidr },
  ];
  if (!config.access.network) subnets.push({ path: ["access", "cidr"], cidr: config.access.cidr });
  config.networks.forEach((network, i) => {
    if (!network.network) subnets.push({ path: ["networks", i, "cidr"], cidr: network.cidr });
  });
  subnets.forEach(({ path, cidr }, i) => {
    const own = parseCidr(cidr)!;
    if (own.prefix > 29) note(path, "has no room for hosts; use a /29 or larger");
    if (contains(own, metadataAddress))
      note(path, `holds the metadata address ${metadataAddress}; use another`);
    const other = subnets.slice(0, i).find((earlier) => overlaps(parseCidr(earlier.cidr)!, own));
    if (other)
      note(path, `overlaps with ovb:${other.path.join(".")} ${other.cidr}; give one of them another network`);
  });
}

function checkCtlplane(config: LabConfig, where: Layout, note: Note): void {
  const { ctlplane: cidr, pool } = where;
  const outside = `is no host address of ovb:ctlplane.cidr ${config.ctlplane.cidr}; choose one inside`;
  if (!isHost(cidr, where.gateway)) note(["ctlplane", "gateway"], outside);
  if (!isHost(cidr, pool.start)) note(["ctlplane", "pool", "start"], outside);
  if (!isHost(cidr, pool.end)) note(["ctlplane", "pool", "end"], outside);
  if (toNumber(pool.start) > toNumber(pool.end))
    note(["ctlplane", "pool"], "ends before it starts; swap the two");
  const taken = new Map<string, string>();
  const fixed: [Path, string][] = [[["ctlplane", "gateway"], where.gateway]];
  if (config.undercloud.kind !== "none") fixed.push([["undercloud", "address"], where.undercloud]);
  if (config.bmc.enabled) fixed.push([["bmc", "address"], where.bmc]);
  for (const [path, address] of fixed) {
    if (path[0] !== "ctlplane" && !isHost(cidr, address)) note(path, `${address} ${outside}`);
    if (inPool(where, address)) note(path, `${address} lies in the allocation pool: ${poolAdvice}`);
    const other = taken.get(address);
    if (other) note(path, `${address} is ovb:${other}'s address already; choose another`);
    taken.set(address, path.join("."));
  }
  if (!config.ctlplane.dhcp) checkWithoutDhcp(config, note);
}

/** What a ctlplane without the cloud's DHCP takes: the nodes boot from the undercloud's own. */
function checkWithoutDhcp(config: LabConfig, note: Note): void {
  if (config.ctlplane.portSecurity !== "disabled") {
    note(
      ["ctlplane", "dhcp"],
      "off needs ovb:ctlplane.portSecurity disabled: with port security Neutron drops a VM's DHCP answers, so " +
        "nothing could tell the nodes what to boot",
    );
  }
  if (config.ctlplane.routed) {
    note(
      ["ctlplane", "routed"],
      "must be false when ovb:ctlplane.dhcp is: the config drives would give the undercloud and the BMC a second " +
        "default route; the undercloud can route for the nodes",
    );
  }
  if (config.undercloud.kind === "ironic") {
    note(
      ["undercloud", "kind"],
      "must be boot-server, custom or none when ovb:ctlplane.dhcp is false: this Ironic leaves DHCP to the cloud",
    );
  }
  if (config.undercloud.kind !== "boot-server") return;
  const same =
    "differs per node only where the cloud's DHCP serves; the boot server's own tells all nodes the same: take it " +
    "out, or set ovb:ctlplane.dhcp true";
  config.nodes.forEach((group, i) => {
    if (group.bootScript && group.bootScript !== config.bootScript) note(["nodes", i, "bootScript"], same);
    if (Object.values(group.bootScripts).some((script) => script !== config.bootScript))
      note(["nodes", i, "bootScripts"], same);
    if (Object.keys(group.dhcpOptions).length > 0) note(["nodes", i, "dhcpOptions"], same);
  });
}

function checkGroups(config: LabConfig, where: Layout, note: Note): void {
  const holders = new Map<string, string>([
    [where.gateway, "ovb:ctlplane.gateway"],
    [where.undercloud, "ovb:undercloud.address"],
  ]);
  if (config.bmc.enabled) holders.set(where.bmc, "ovb:bmc.address");
  unique(config.nodes, "nodes", note);
  unique(config.networks, "networks", note);
  const reserved = ["ctlplane", "access", "public", "undercloud", "bmc", "router"];
  config.networks.forEach(({ name }, i) => {
    if (reserved.includes(name))
      note(["networks", i, "name"], `is taken by the lab itself (${reserved.join(", ")})`);
  });
  config.nodes.forEach((group, position) => {
    const path: Path = ["nodes", position];
    const all = seats(where.ctlplane, { ...group, without: [] }, position);
    const keys = new Set(all.map((seat) => seat.key));
    for (const index of group.without.filter((i) => i >= group.count)) {
      note(
        [...path, "without"],
        `${index} is no node of this group: its indices are 0 to ${group.count - 1}`,
      );
    }
    for (const name of Object.keys(group.bootScripts).filter((k) => !keys.has(k))) {
      note(
        [...path, "bootScripts", name],
        `is no node of this group; they are ${group.name}-0 to ${group.name}-${group.count - 1}`,
      );
    }
    checkNetworksOf(config, position, all, where.ctlplane, note);
    const problem = firstProblem(seats(where.ctlplane, group, position), where, holders);
    if (problem) note([...path, group.firstAddress ? "firstAddress" : "count"], problem);
    for (const seat of seats(where.ctlplane, group, position)) holders.set(seat.address, `node ${seat.key}`);
  });
}

/** One sentence for a group, not one for each of its nodes. */
function firstProblem(
  nodes: readonly NodeSeat[],
  where: Layout,
  holders: ReadonlyMap<string, string>,
): string | undefined {
  const advice =
    "lower the count, set ovb:nodes[].firstAddress to a free stretch, shrink ovb:ctlplane.pool, or use a larger ovb:ctlplane.cidr";
  for (const { key, address } of nodes) {
    const holder = holders.get(address);
    if (holder) return `${key} would get ${address}, which is ${holder}'s; ${advice}`;
    if (!isHost(where.ctlplane, address))
      return `${key} would get ${address}, no host address of ovb:ctlplane.cidr; ${advice}`;
    if (inPool(where, address))
      return `${key} would get ${address}, in the allocation pool, where Neutron may give it away first; ${advice}`;
  }
  return undefined;
}

function unique(items: readonly { name: string }[], list: "nodes" | "networks", note: Note): void {
  items.forEach(({ name }, i) => {
    const first = items.findIndex((item) => item.name === name);
    if (first < i) note([list, i, "name"], `is ovb:${list}[${first}]'s name already; names must differ`);
  });
}

function checkNetworksOf(
  config: LabConfig,
  position: number,
  nodes: readonly NodeSeat[],
  ctlplane: Cidr,
  note: Note,
): void {
  const group = config.nodes[position]!;
  group.networks.forEach((name, i) => {
    const path: Path = ["nodes", position, "networks", i];
    const network = config.networks.find((candidate) => candidate.name === name);
    if (!network) note(path, "is none of ovb:networks; declare it there or leave it out");
    if (group.networks.indexOf(name) < i) note(path, "is named twice; a node gets one NIC on a network");
    if (!network || network.network) return;
    const cidr = parseCidr(network.cidr)!;
    const lastOffset = Math.max(0, ...nodes.map((node) => toNumber(node.address) - ctlplane.base));
    if (lastOffset > cidr.size - 2) {
      note(
        path,
        `${network.cidr} is too small: nodes have the same offset there as on the ctlplane, up to ${lastOffset}`,
      );
    }
  });
  // Three bits of a planned MAC number the NIC, and 0 is the ctlplane's.
  if (config.networks.length > 7)
    note(["networks"], "has more than 7 entries, more than planned MACs can number");
}

/** GROUP-INDEX-NETWORK: hyphens within names can make two ports one, as g-0 on a-1-b and g-0-a-1 on b. */
function checkPortNames(config: LabConfig, where: Layout, note: Note): void {
  const ports = new Map<string, string>();
  config.nodes.forEach((group, position) => {
    for (const { key } of seats(where.ctlplane, group, position)) {
      group.networks.forEach((network, i) => {
        const port = `${key}-${network}`;
        const other = ports.get(port) ?? key;
        if (other !== key)
          note(
            ["nodes", position, "networks", i],
            `makes port ${port}, as ${other} does; rename a group or network`,
          );
        ports.set(port, key);
      });
    }
  });
}

function checkVips(config: LabConfig, where: Layout, note: Note): void {
  const holders = new Map<string, string>([
    [where.gateway, "the gateway"],
    [where.undercloud, "the undercloud"],
  ]);
  if (config.bmc.enabled) holders.set(where.bmc, "the BMC");
  config.nodes.forEach((group, i) => {
    for (const seat of seats(where.ctlplane, group, i)) holders.set(seat.address, `node ${seat.key}`);
  });
  checkVipList(["undercloud", "vips"], config.undercloud.vips, config.ctlplane.metadataRoute ? 1 : 0);
  config.nodes.forEach((group, i) => {
    checkVipList(["nodes", i, "vips"], group.vips, 0);
  });

  function checkVipList(path: Path, vips: readonly string[], more: number): void {
    if (new Set(vips).size + more > mostAddressPairs) {
      const metadata = more ? " with 169.254.169.254/32" : "";
      note(
        path,
        `makes more than ${mostAddressPairs} address pairs on a port${metadata}, Neutron's limit; give a block as one CIDR`,
      );
    }
    for (const [i, vip] of vips.entries()) {
      const own = [...path, i];
      const block = parseCidr(vip.includes("/") ? vip : `${vip}/32`)!;
      const last = block.base + block.size - 1;
      const { ctlplane: cidr, pool } = where;
      if (block.base < cidr.base || last >= cidr.base + cidr.size) {
        note(own, `lies outside ovb:ctlplane.cidr ${config.ctlplane.cidr}; choose one inside`);
        continue;
      }
      if (block.base <= toNumber(pool.end) && last >= toNumber(pool.start)) {
        note(own, `lies in the allocation pool ${pool.start} to ${pool.end}: ${poolAdvice}`);
      }
      const holder = [...holders].find(([address]) => contains(block, address));
      if (holder) note(own, `takes ${holder[0]}, the address of ${holder[1]}; choose another`);
    }
  }
}

function checkImages(config: LabConfig, note: Note): void {
  for (const which of ["disk", "iso"] as const) {
    const image = config.images[which];
    const path: Path = ["images", which];
    const needs = {
      existing: ["name"],
      file: ["path"],
      url: ["url", "format"],
      build: [],
      none: [],
    } as const;
    for (const field of needs[image.source]) {
      if (!image[field])
        note([...path, field], `is required when ovb:images.${which}.source is ${image.source}`);
    }
    const source = image.source === "file" ? image.path : image.source === "url" ? image.url : undefined;
    if (source?.toLowerCase().endsWith(".iso") && image.format && image.format !== "iso") {
      note(
        [...path, "format"],
        "contradicts the .iso name: Nova compares an image's content with its format since 2024 and refuses an ISO " +
          "called raw. Use ovb:images.iso for an ISO, and a disk image here (source build makes one)",
      );
    }
    if (which === "disk" && image.format === "iso") {
      note(
        [...path, "format"],
        "is a CD-ROM: a node that boots it has no disk to deploy to. Use ovb:images.iso for it",
      );
    }
    if (which === "iso" && image.format && image.format !== "iso")
      note([...path, "format"], "must be iso here");
  }
  const names = (["disk", "iso"] as const).map((which) => config.images[which]);
  if (names.every((image) => image.source !== "none" && image.source !== "existing" && image.name)) {
    if (names[0]!.name === names[1]!.name)
      note(["images", "iso", "name"], "is ovb:images.disk's name already; names must differ");
  }
  if (config.images.disk.source === "none") {
    note(
      ["images", "disk", "source"],
      "must be build, existing, file or url: nodes need something to boot from",
    );
  }
}
