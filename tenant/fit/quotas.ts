import type { Flavor } from "../../openstack/flavors";
import type { NetworkQuotas, Quota } from "../../openstack/quotas";
import type { LabPlan, Totals } from "../../plan/lab/labPlan";
import { serversOf } from "../../plan/lab/servers";
import type { Setting } from "../../plan/lab/setting";
import { kinds } from "../../plan/lab/totals";
import { type Check, checking, fail, ok, warn, withFix } from "./check";
import { pick } from "./pick";
import type { Tenant } from "./tenant";

/** What the quota is to leave for a plan. */
export interface Needs extends Totals {
  readonly cores: number;
  /** MiB. */
  readonly ram: number;
}

type Kind = keyof Needs;

const words: Readonly<Record<Kind, string>> = { ...kinds, cores: "cores", ram: "RAM" };

/** The plan's sums and what its flavors add to them, against the tenant's quotas; what the lab has already is no need. */
export async function checkQuotas(tenant: Tenant): Promise<Check[]> {
  const { signal, plan } = tenant;
  const facts = Promise.all([tenant.flavors(), existingOf(tenant)]);
  facts.catch(() => {}); // each half says so
  const half = (name: string, ask: () => Promise<Partial<Record<Kind, Quota>>>, kinds: readonly Kind[]) =>
    checking(name, signal, async () => {
      const [quotas, [flavors, existing]] = await Promise.all([ask(), facts]);
      const { needs } = needsOf(plan, flavors);
      return kinds.map((kind) => {
        const check = judge(kind, needs[kind], existing[kind], quotas[kind]);
        return check.status === "ok"
          ? check
          : withFix(
              check,
              smaller(tenant, kind, flavors, tooMany(needs[kind], existing[kind], quotas[kind])),
            );
      });
    });
  const compute = ["instances", "cores", "ram"] as const;
  const network = (Object.keys(words) as Kind[]).filter((kind) => !compute.some((one) => one === kind));
  const checks = await Promise.all([
    half("quotas of Nova", async () => ({ ...(await tenant.computeQuotas()) }), compute),
    half("quotas of Neutron", async () => byKind(await tenant.networkQuotas()), network),
  ]);
  const { unknown } = needsOf(plan, (await facts)[0]);
  if (unknown.length === 0) return checks.flat();
  const advice = "Name flavors that the cloud has; the sums of cores and RAM are too small until then.";
  return [...checks.flat(), warn("quota, unknown flavors", `not counted: ${unknown.join(", ")}`, advice)];
}

/** How many more are needed than are left. */
function tooMany(need: number, existing: number, quota: Quota | undefined): number {
  if (quota === undefined || quota.limit === null) return 0;
  return Math.max(0, need - existing) - Math.max(0, quota.limit - quota.used);
}

/** A lab of so much less: fewer nodes of the largest group, no floating IP. One node is left at least. */
function smaller(
  { plan, config }: Tenant,
  kind: Kind,
  flavors: readonly Flavor[],
  excess: number,
): Setting[] {
  if (kind === "floatingIps") return [{ path: ["undercloud", "floatingIp"], value: false }];
  const groups = config.nodes.map((group, index) => ({
    ...{ group, index },
    nodes: plan.nodes.filter((node) => node.group === group.name),
  }));
  const [largest] = groups.sort((a, b) => b.nodes.length - a.nodes.length);
  const node = largest?.nodes[0];
  if (!largest || !node || largest.group.without.length > 0) return [];
  const flavor = pick(flavors, node.flavor);
  const each = { instances: 1, cores: flavor?.vcpus ?? 0, ram: flavor?.ram ?? 0, ports: node.ports.length };
  const cost = each[kind as keyof typeof each] ?? 0;
  const count = cost > 0 ? largest.group.count - Math.ceil(excess / cost) : 0;
  return count >= 1 ? [{ path: ["nodes", largest.index, "count"], value: count }] : [];
}

/** The plan's totals with cores and RAM; flavors that the cloud does not have count nothing and are named. */
export function needsOf(plan: LabPlan, flavors: readonly Flavor[]): { needs: Needs; unknown: string[] } {
  const unknown = new Set<string>();
  let cores = 0;
  let ram = 0;
  for (const { flavor: name } of serversOf(plan)) {
    const flavor = pick(flavors, name);
    if (flavor === undefined) unknown.add(name);
    cores += flavor?.vcpus ?? 0;
    ram += flavor?.ram ?? 0;
  }
  return { needs: { ...plan.totals, cores, ram }, unknown: [...unknown] };
}

/** What is there of the lab, from an `up` before this one, and so is counted as used. */
async function existingOf(tenant: Tenant): Promise<Needs> {
  const { isOfLab } = tenant;
  const ours = async <T extends { readonly tags: readonly string[] }>(all: Promise<readonly T[]>) =>
    (await all).filter(isOfLab);
  const [servers, ports, groups, networks, subnets, routers, floatingIps] = await Promise.all([
    tenant.servers(),
    tenant.ports(),
    tenant.securityGroups(),
    ours(tenant.ownNetworks()),
    ours(tenant.ownSubnets()),
    ours(tenant.ownRouters()),
    ours(tenant.floatingIps()),
  ]);
  const own = servers.filter(isOfLab);
  const ownNetworks = new Set(networks.map(({ id }) => id));
  const ownGroups = groups.filter(isOfLab);
  const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);
  return {
    instances: own.length,
    cores: sum(own.map(({ flavor }) => flavor.vcpus)),
    ram: sum(own.map(({ flavor }) => flavor.ram)),
    networks: networks.length,
    subnets: subnets.length,
    // Interfaces of routers and of DHCP servers carry no tags.
    ports: ports.filter((port) => isOfLab(port) || ownNetworks.has(port.network_id)).length,
    routers: routers.length,
    floatingIps: floatingIps.length,
    securityGroups: ownGroups.length,
    securityGroupRules: sum(ownGroups.map((group) => group.security_group_rules.length)),
  };
}

function byKind(quotas: NetworkQuotas): Partial<Record<Kind, Quota>> {
  return {
    networks: quotas.network,
    subnets: quotas.subnet,
    ports: quotas.port,
    routers: quotas.router,
    floatingIps: quotas.floatingip,
    securityGroups: quotas.security_group,
    securityGroupRules: quotas.security_group_rule,
  };
}

/** @param need of the whole lab @param existing what of it is there, and counted in the quota's `used` */
export function judge(kind: Kind, need: number, existing: number, quota: Quota | undefined): Check {
  const name = `quota of ${words[kind]}`;
  const unit = kind === "ram" ? " MiB" : "";
  const more = Math.max(0, need - existing);
  const had = existing > 0 ? ` (the lab needs ${need} and has ${Math.min(need, existing)})` : "";
  if (quota === undefined || quota.limit === null) return ok(name, `${more}${unit} needed${had}, no limit`);
  const left = Math.max(0, quota.limit - quota.used);
  const message = `${more}${unit} needed${had}, ${left} of ${quota.limit} left`;
  if (more <= left) return ok(name, message);
  const smaller =
    kind === "cores" || kind === "ram" ? "plan fewer nodes or smaller flavors" : "plan fewer nodes or NICs";
  return fail(
    name,
    message,
    `${more - left}${unit} too few: free something, ${smaller}, or ask for a larger quota.`,
  );
}
