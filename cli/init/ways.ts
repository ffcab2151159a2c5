import type { Network } from "../../openstack/neutron";
import { overlaps, parseCidr } from "../../plan/lab/ipv4";
import { pick } from "../../tenant/fit/pick";
import { wordFor } from "../../tenant/offer/word";
import type { Findings } from "./findings";
import type { Given } from "./given";

/** How the lab's outer NICs are reached, in words of the configuration. */
export interface Way {
  /** The external network; absent: the lab uses none. */
  readonly publicNetwork?: string;
  readonly floatingIp: boolean;
  /** A network of the cloud for the outer NICs; absent: one is made. */
  readonly network?: string;
  /** A router of the project; absent: one is made. */
  readonly router?: string;
  /** Whether the nodes have a way out. */
  readonly routed: boolean;
  /** The network has port security off. */
  readonly isOpen: boolean;
  /** Where the router serves the usual subnets already. */
  readonly ctlplaneCidr?: string;
  readonly accessCidr?: string;
}

/** More would be tried one by one where none does. */
const most = 6;

/** All ways that the tenant may have, the best first: a floating IP, networks and router of the lab's own. */
export function waysOf(findings: Findings, given: Given): Way[] {
  const externals =
    given.publicNetwork !== undefined
      ? [given.publicNetwork]
      : findings.externals.slice(0, most).map((one) => wordFor(findings.networks, one));
  const made = { routed: true, isOpen: false };
  const ways = externals.flatMap((publicNetwork): Way[] => [
    { ...made, publicNetwork, floatingIp: true },
    ...routersTo(findings, given, publicNetwork).map((way) => ({ ...way, floatingIp: true })),
    ...networksFor(findings, given).flatMap((way) => [
      { ...way, publicNetwork, floatingIp: true },
      { ...way, publicNetwork, floatingIp: true, routed: false },
    ]),
  ]);
  const inside = externals.flatMap((publicNetwork): Way[] => [
    ...networksFor(findings, given).map((way) => ({ ...way, publicNetwork })),
    { ...made, publicNetwork, floatingIp: false },
    ...routersTo(findings, given, publicNetwork),
  ]);
  const alone = networksFor(findings, given).map((way) => ({ ...way, routed: false }));
  return [...ways, ...inside, ...alone]
    .filter(({ floatingIp }) => given.floatingIp === undefined || floatingIp === given.floatingIp)
    .filter(({ network }) => given.accessNetwork === undefined || network === given.accessNetwork)
    .filter(({ router }) => given.accessRouter === undefined || router === given.accessRouter);
}

/** Of the project's own, with their gateway there; of subnets that they do not serve yet. */
function routersTo(findings: Findings, given: Given, publicNetwork: string): Way[] {
  const external = pick(findings.externals, publicNetwork);
  const { accessRouter } = given;
  const all = findings.routers.filter(
    ({ external_gateway_info }) => external_gateway_info?.network_id === external?.id,
  );
  const asked = accessRouter === undefined ? all : all.filter((one) => pick([one], accessRouter));
  return asked.slice(0, most).map((router): Way => {
    const served = findings.interfaces
      .filter(({ device_id }) => device_id === router.id)
      .flatMap(({ fixed_ips }) => fixed_ips.map(({ subnet_id }) => subnet_id))
      .flatMap((id) => findings.subnets.filter((subnet) => subnet.id === id).map(({ cidr }) => cidr));
    const ctlplaneCidr = freeCidr("192.0.2.0/24", served);
    const accessCidr = freeCidr("203.0.113.0/24", [...served, ctlplaneCidr ?? "192.0.2.0/24"]);
    return {
      ...{ publicNetwork, floatingIp: false, routed: true, isOpen: false },
      router: accessRouter ?? wordFor(findings.routers, router),
      ...(ctlplaneCidr && { ctlplaneCidr }),
      ...(accessCidr && { accessCidr }),
    };
  });
}

/** Of RFC 5737 and then of 10.0.0.0/8. @returns undefined where the usual one is free */
function freeCidr(usual: string, served: readonly string[]): string | undefined {
  const isFree = (cidr: string) =>
    served.every((other) => {
      const range = parseCidr(other);
      return range === undefined || !overlaps(range, parseCidr(cidr)!);
    });
  if (isFree(usual)) return undefined;
  const others = Array.from({ length: 256 }, (_, i) => `10.${255 - i}.${i}.0/24`);
  return others.find(isFree) ?? others[0];
}

/** Those that servers of the project can be on; what has an address of the outside or is shared by the operator first. */
function networksFor({ networks, subnets, project }: Findings, { accessNetwork }: Given): Way[] {
  const hasSubnet = ({ id }: Network) => subnets.some((one) => one.network_id === id && one.ip_version === 4);
  const isOfLab = ({ tags }: Network) => (tags ?? []).includes("ovb");
  const usable = networks.filter(
    (one) =>
      !isOfLab(one) &&
      hasSubnet(one) &&
      (one.shared || (one.project_id === project && !one["router:external"])),
  );
  const rank = (one: Network) =>
    (one.port_security_enabled === false ? 4 : 0) + (one["router:external"] ? 0 : one.shared ? 1 : 2);
  const sorted = [...usable].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  const asked =
    accessNetwork === undefined
      ? sorted.slice(0, most)
      : networks.filter((one) => pick([one], accessNetwork));
  const known = asked.map((one): Way => {
    const own = subnets.filter(({ network_id }) => network_id === one.id).map(({ cidr }) => cidr);
    const ctlplaneCidr = freeCidr("192.0.2.0/24", own); // the undercloud has a NIC on both
    return {
      ...{ floatingIp: false, routed: true, isOpen: one.port_security_enabled === false },
      network: accessNetwork ?? wordFor(networks, one),
      ...(ctlplaneCidr && { ctlplaneCidr }),
    };
  });
  // Not there: the checks say so.
  return accessNetwork !== undefined && known.length === 0
    ? [{ floatingIp: false, routed: true, isOpen: false, network: accessNetwork }]
    : known;
}

/** For people. */
export function describeWay({ publicNetwork, floatingIp, network, router, routed }: Way): string {
  const address = floatingIp ? `a floating IP of ${publicNetwork}` : "no floating IP";
  if (!network && !router) return `${address}, network and router of the lab's own`;
  const on = network ? `the network ${network}` : "a network of the lab's own";
  const by = network && !routed ? "no router" : router ? `the router ${router}` : "a router of the lab's own";
  return `${address}, ${on}, ${by}`;
}
