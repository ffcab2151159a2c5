import { type Cidr, isHost, parseCidr, toNumber } from "../lab/ipv4";
import { type Layout, type NodeSeat, seats } from "../lab/layout";
import type { LabConfig } from "../lab/schema/configSchema";
import { fixedHolders, inPool } from "./addressBook";
import type { Note, Path } from "./problem";

/** Checks the nodes: their names, addresses and networks. */
export function checkGroups(config: LabConfig, where: Layout, note: Note): void {
  const holders = new Map<string, string>(
    fixedHolders(config, where).map(({ address, path }) => [address, `ovb:${path.join(".")}`]),
  );
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
export function checkPortNames(config: LabConfig, where: Layout, note: Note): void {
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
