import { isMomentary } from "../../openstack/momentary";
import type { Network } from "../../openstack/neutron";
import type { NetworkBackend } from "../../plan/lab/networkBackend";
import type { Setting } from "../../plan/lab/setting";
import { until } from "../../process/until";
import { type Check, fail, ok } from "../../tenant/fit/check";
import { pick } from "../../tenant/fit/pick";
import type { Tenant } from "../../tenant/fit/tenant";
import { backendOf, backendOfPorts } from "../../tenant/networkBackend";
import { wordFor } from "../../tenant/offer/word";
import { tryAccess } from "./accessTrial";
import { allOf, attempt, detailOf } from "./attempt";
import { judgeBackend, judgeDhcpPort } from "./backend";
import { noFloatingIp, tryPorts } from "./portTrial";
import { Probe } from "./probe";

/**
 * Tries what no list of extensions tells: whether policy lets this user make what the plan is made of, on a network
 * that is made for it and removed again, also after Ctrl-C. What it makes is joined to nothing of the lab's.
 */
export async function tryOnProbeNetwork(tenant: Tenant, report: (line: string) => void): Promise<Check[]> {
  const probe = new Probe(tenant.session, tenant.plan, report);
  const left = await probe.remove();
  if (left > 0) report(`removed ${left} things that an earlier doctor, killed, had left`);
  report(`trying on a network of its own, ${probe.name}`);
  try {
    return await trial(tenant, probe);
  } finally {
    await probe.remove();
    report(`removed ${probe.name} again`);
  }
}

async function trial(tenant: Tenant, probe: Probe): Promise<Check[]> {
  const { plan } = tenant;
  const { network, checks } = await tryNetwork(tenant, probe);
  if (network === undefined) return checks;
  let group: string | undefined;
  const groups =
    plan.securityGroups.length === 0
      ? []
      : await attempt(tenant, "security groups", "can be made", noGroups, async () => {
          group = (await probe.create("security-groups", {})).id;
        });
  const found = await allOf([
    attempt(tenant, "tags", "can be set", noTags, () => probe.tag("networks", network.id)),
    trySubnet(tenant, probe, network, group),
    tryAccess(tenant, probe, group),
    ...(plan.router?.kind === "create" ? [tryRouter(tenant, probe)] : []),
    ...(plan.undercloud?.floatingIp && plan.access.kind === "create" ? [tryFloatingIp(tenant, probe)] : []),
  ]);
  const { backend, servesDhcp } = await findBackend(tenant, network);
  return [
    ...[...checks, ...groups, ...found],
    ...judgeBackend(plan, backend, tenant.config),
    ...judgeDhcpPort(plan, backend, servesDhcp),
  ];
}

const noTags = "Without tags neither the BMC nor sweep finds what is the lab's: ask the operator.";
const noGroups =
  "The lab's ports need groups of their own, or ovb:ctlplane.portSecurity disabled: ask the operator.";
const noNetwork = "A lab needs networks of its own: ask the operator for the right to make them.";

/** With the planned MTU, or, where that is refused, without. */
async function tryNetwork(
  tenant: Tenant,
  probe: Probe,
): Promise<{ network: Network | undefined; checks: Check[] }> {
  const { ctlplane, networks } = tenant.plan;
  const { portSecurity } = ctlplane;
  const mtu = Math.max(ctlplane.mtu, ...networks.map((one) => (one.kind === "create" && one.mtu) || 0));
  const security = portSecurity === "unset" ? {} : { port_security_enabled: portSecurity === "enabled" };
  const [name, good] = ["networks of one's own", "can be made"];
  try {
    const network = await probe.create("networks", { mtu, ...security });
    return { network, checks: [ok(name, good), ok("MTU", `${mtu} bytes is taken`)] };
  } catch (error) {
    const most = /maximum is (\d+)/i.exec(detailOf(error))?.[1];
    if (most === undefined) {
      const advice = `${noNetwork} Where it is about port security, set ovb:ctlplane.portSecurity to unset.`;
      return { network: undefined, checks: [fail(name, (error as Error).message, advice)] };
    }
    const message = `${mtu} bytes is refused, ${most} is the most here`;
    const advice = `Set ovb:ctlplane.mtu, and mtu of ovb:networks, to ${most} or less.`;
    const tooBig = fail("MTU", message, advice, smallerMtus(tenant, Number(most)));
    let network: Network | undefined;
    const checks = await attempt(tenant, name, good, noNetwork, async () => {
      network = await probe.create("networks", security);
    });
    return { network, checks: [...checks, tooBig] };
  }
}

/** Of the networks whose MTU is larger. */
function smallerMtus({ config }: Tenant, most: number): Setting[] {
  return [
    ...(config.ctlplane.mtu > most ? [{ path: ["ctlplane", "mtu"], value: most }] : []),
    ...config.networks.flatMap(({ mtu = 0 }, i) =>
      mtu > most ? [{ path: ["networks", i, "mtu"], value: most }] : [],
    ),
  ];
}

/** And, where there is one, ports on it. */
async function trySubnet(
  tenant: Tenant,
  probe: Probe,
  network: Network,
  group: string | undefined,
): Promise<Check[]> {
  const { cidr, gateway, pool, dhcp, routes, dns } = tenant.plan.ctlplane.subnet;
  const fields = {
    network_id: network.id,
    ip_version: 4,
    cidr,
    gateway_ip: gateway ?? null,
    enable_dhcp: dhcp,
    dns_nameservers: dns,
    ...(pool && { allocation_pools: [pool] }),
    host_routes: routes.map(({ destination, nextHop }) => ({ destination, nexthop: nextHop })),
  };
  let subnet = "";
  const good = `${cidr}, its pool and routes are taken`;
  const advice = "See ovb:ctlplane; the message says what Neutron does not take.";
  const checks = await attempt(tenant, "subnet as planned", good, advice, async () => {
    subnet = (await probe.create("subnets", fields)).id;
  });
  return subnet === ""
    ? checks
    : [...checks, ...(await tryPorts(tenant, probe, { network: network.id, subnet, group }))];
}

async function tryRouter(tenant: Tenant, probe: Probe): Promise<Check[]> {
  if (await hasLabs(tenant, "routers")) return [ok("router to the outside", "the lab has one")];
  const good = `can be made, with a gateway on ${tenant.plan.publicNetwork}`;
  const advice = "Name a router of the cloud (ovb:access.router), or another ovb:publicNetwork.";
  const make = async () =>
    probe.create("routers", { external_gateway_info: { network_id: await publicId(tenant) } });
  return attempt(tenant, "router to the outside", good, advice, make, await otherRouter(tenant));
}

/** One of the project's own that leads there already. */
async function otherRouter(tenant: Tenant): Promise<Setting[]> {
  const [routers, id] = await Promise.all([tenant.ownRouters(), publicId(tenant)]);
  const found = routers.find(({ external_gateway_info: gateway }) => gateway?.network_id === id);
  return found ? [{ path: ["access", "router"], value: wordFor(routers, found) }] : [];
}

async function tryFloatingIp(tenant: Tenant, probe: Probe): Promise<Check[]> {
  if (await hasLabs(tenant, "floatingips")) return [ok("floating IP", "the lab has one")];
  const good = `${tenant.plan.publicNetwork} has a free one`;
  const advice = "Release one, name another ovb:publicNetwork, or set ovb:undercloud.floatingIp to false.";
  const make = async () => probe.create("floatingips", { floating_network_id: await publicId(tenant) });
  return attempt(tenant, "floating IP", good, advice, make, noFloatingIp);
}

/** An `up` before this one has made it: the next takes no other. */
async function hasLabs(tenant: Tenant, collection: "routers" | "floatingips"): Promise<boolean> {
  return (await tenant.own(collection)).some((one) => tenant.isOfLab(one));
}

async function publicId({ plan: { publicNetwork }, networks }: Tenant): Promise<string> {
  const found = pick(
    (await networks()).filter((one) => one["router:external"]),
    publicNetwork,
  );
  if (found === undefined) throw new Error(`there is no external network ${publicNetwork}`);
  return found.id;
}

/** The port of DHCP or metadata comes by itself, with an agent a second or two after the subnet. */
async function findBackend(
  tenant: Tenant,
  network: Network,
): Promise<{ backend: NetworkBackend | undefined; servesDhcp: boolean }> {
  const { session, plan, signal } = tenant;
  const look = async () => {
    const all = await tenant.own("ports");
    return backendOfPorts(all.filter((port) => port.network_id === network.id));
  };
  const timeoutMs = plan.ctlplane.subnet.dhcp ? 5_000 : 0;
  const seen = await until(look, { clock: session, pauseMs: 500, timeoutMs, signal, passes: isMomentary });
  return { backend: seen ?? (await backendOf(tenant)), servesDhcp: seen !== undefined };
}
