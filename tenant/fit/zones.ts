import type { AvailabilityZone } from "../../openstack/availabilityZones";
import { hasStatus } from "../../openstack/error";
import type { Setting } from "../../plan/lab/setting";
import { nearest } from "../offer/nearest";
import { type Check, fail, ok, skip } from "./check";
import type { Tenant } from "./tenant";

/** A zone that the configuration names. */
interface Wanted {
  readonly zone: string;
  readonly path: Setting["path"];
}

/** Whether the cloud has the availability zones that the configuration names. */
export async function checkZones(tenant: Tenant): Promise<Check[]> {
  const { config, plan } = tenant;
  const { servers, networks, routers } = config.availabilityZones;
  const own = (path: Setting["path"], zone: string | undefined): Wanted[] => (zone ? [{ zone, path }] : []);
  const ofServers = [
    ...own(["availabilityZones", "servers"], servers),
    ...(plan.undercloud ? own(["undercloud", "availabilityZone"], config.undercloud.availabilityZone) : []),
    ...(plan.bmc ? own(["bmc", "availabilityZone"], config.bmc.availabilityZone) : []),
    ...config.nodes.flatMap((group, i) => own(["nodes", i, "availabilityZone"], group.availabilityZone)),
  ];
  const hints = (key: string, zones: readonly string[]): Wanted[] =>
    zones.map((zone, i) => ({ zone, path: ["availabilityZones", key, i] }));
  const neutron = async (resource: "network" | "router") =>
    (await tenant.networkZones()).filter((one) => one.resource === resource);
  return [
    ...(await judgeAll("server", ofServers, tenant.computeZones)),
    ...(await judgeHints(tenant, "network", hints("networks", networks), () => neutron("network"))),
    ...(plan.router?.kind === "create"
      ? await judgeHints(tenant, "router", hints("routers", routers), () => neutron("router"))
      : []),
  ];
}

type Ask = () => Promise<readonly AvailabilityZone[]>;

/** Neutron refuses the attribute itself where it does not know it. */
async function judgeHints(
  { extensions }: Tenant,
  what: "network" | "router",
  wanted: readonly Wanted[],
  ask: Ask,
): Promise<Check[]> {
  if (wanted.length === 0) return [];
  const alias = `${what}_availability_zone`;
  if ((await extensions()).has(alias)) return judgeAll(what, wanted, ask);
  const key = `ovb:availabilityZones.${what}s`;
  const fix = [{ path: ["availabilityZones", `${what}s`], value: undefined }];
  const message = `missing, and ${key} needs it`;
  return [fail(`extension ${alias}`, message, `Leave ${key} out: this Neutron has no zones.`, fix)];
}

async function judgeAll(what: string, wanted: readonly Wanted[], ask: Ask): Promise<Check[]> {
  if (wanted.length === 0) return [];
  let zones: readonly AvailabilityZone[];
  try {
    zones = await ask();
  } catch (error) {
    if (!hasStatus(error, 403, 404)) throw error;
    return [skip(`availability zones of ${what}s`, "not shown to this project")];
  }
  const names = zones.filter(({ isAvailable }) => isAvailable).map(({ name }) => name);
  const groups = [...new Set(wanted.map(({ zone }) => zone))].map((zone) =>
    wanted.filter((one) => one.zone === zone),
  );
  return groups.map((group) => {
    const { zone } = group[0]!;
    const name = `availability zone ${zone} of ${what}s`;
    if (names.includes(zone)) return ok(name, "there");
    const known = zones.some((one) => one.name === zone) ? "not available now" : "not there";
    const keys = group.map(({ path }) => `ovb:${path.join(".")}`).join(", ");
    const advice = `There is: ${names.join(", ") || "none"}; \`openstack availability zone list\` lists them.`;
    return fail(name, `${known}; asked for by ${keys}`, advice, fixOf(group, names));
  });
}

/** What was meant by a slip, or the only one. */
function fixOf(wanted: readonly Wanted[], names: readonly string[]): Setting[] {
  const value = nearest(names, wanted[0]!.zone) ?? (names.length === 1 ? names[0] : undefined);
  return value === undefined ? [] : wanted.map(({ path }) => ({ path, value }));
}
