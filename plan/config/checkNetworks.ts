import { contains, isHost, overlaps, parseCidr, toNumber } from "../lab/ipv4";
import { type Layout, metadataAddress } from "../lab/layout";
import { mostNameServers } from "../lab/neutronLimits";
import type { LabConfig } from "../lab/schema/configSchema";
import { fixedHolders, inPool, poolAdvice } from "./addressBook";
import type { Note, Path } from "./problem";

/** Checks the subnets against each other. */
export function checkSubnets(config: LabConfig, note: Note): void {
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

/** Checks lists that Neutron limits, or wants without repetition. */
export function checkLists({ access, ctlplane }: LabConfig, note: Note): void {
  const lists: readonly (readonly [path: Path, list: readonly string[]])[] = [
    [["ctlplane", "dns"], ctlplane.dns],
    ...(access.network ? [] : [[["access", "dns"], access.dns] as const]),
    [["access", "allowFrom"], access.allowFrom],
  ];
  for (const [path, list] of lists) {
    if (path.at(-1) === "dns" && list.length > mostNameServers)
      note(
        path,
        `has ${list.length} name servers, and Neutron's limit for a subnet is ${mostNameServers}; leave some out`,
      );
    list.forEach((item, i) => {
      if (list.indexOf(item) < i)
        note([...path, i], `is ${item} a second time, which Neutron refuses; take it out`);
    });
  }
}

/** Checks the ctlplane's own addresses, and what it takes of the rest of the lab. */
export function checkCtlplane(config: LabConfig, where: Layout, note: Note): void {
  const { ctlplane: cidr, pool } = where;
  const outside = `is no host address of ovb:ctlplane.cidr ${config.ctlplane.cidr}; choose one inside`;
  if (!isHost(cidr, where.gateway)) note(["ctlplane", "gateway"], outside);
  if (!isHost(cidr, pool.start)) note(["ctlplane", "pool", "start"], outside);
  if (!isHost(cidr, pool.end)) note(["ctlplane", "pool", "end"], outside);
  if (toNumber(pool.start) > toNumber(pool.end))
    note(["ctlplane", "pool"], "ends before it starts; swap the two");
  const taken = new Map<string, string>();
  for (const { path, address } of fixedHolders(config, where)) {
    if (path[0] === "undercloud" && config.undercloud.kind === "none") continue;
    if (path[0] !== "ctlplane" && !isHost(cidr, address)) note(path, `${address} ${outside}`);
    if (inPool(where, address)) note(path, `${address} lies in the allocation pool: ${poolAdvice}`);
    const other = taken.get(address);
    if (other) note(path, `${address} is ovb:${other}'s address already; choose another`);
    taken.set(address, path.join("."));
  }
}
