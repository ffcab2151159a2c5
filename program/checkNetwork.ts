import { log, RunError, runtime } from "@pulumi/pulumi";
import type { Port } from "../openstack/neutron";
import { backendFindings } from "../plan/lab/backendFindings";
import type { LabPlan } from "../plan/lab/labPlan";
import { serversOf } from "../plan/lab/servers";
import { labTag } from "../plan/lab/tags";
import { bullets } from "../plan/problemsError";
import type { Tenant } from "../tenant/fit/tenant";
import { isRouterInterface } from "../tenant/inventory";
import { backendOf } from "../tenant/networkBackend";

/**
 * Before anything is made: what of the plan the cloud's network backend would break, and what is on the lab's ctlplane that an
 * update would break or break at. What only gets lost is a warning.
 * @param tenant absent: nobody can look
 * @throws RunError naming all of it, with the way out
 */
export async function checkNetwork(tenant: Tenant | undefined): Promise<void> {
  if (!tenant) return;
  const { plan } = tenant;
  const [backend, ports] = await Promise.all([backendOf(tenant), ctlplanePorts(tenant)]);
  const findings = backend ? backendFindings(plan, backend) : [];
  for (const { subject, message } of findings.filter(({ isFatal }) => !isFatal))
    void log.warn(`${subject}: ${message}. \`npx ovb doctor\` has the way out.`);
  const oldInterface = oldRouterInterface(plan, ports);
  // A preview shows what the update is about; only the update cannot go on.
  if (oldInterface && runtime.isDryRun()) void log.warn(oldInterface);
  const problems = [
    ...findings
      .filter(({ isFatal }) => isFatal)
      .map(({ subject, message, advice }) => `${subject}: ${message}. ${advice}`),
    ...(backend === "agents" ? [] : endangered(plan, ports)),
    ...(oldInterface && !runtime.isDryRun() ? [oldInterface] : []),
  ];
  if (problems.length > 0)
    throw new RunError(
      `The cloud's network would not take this lab as it is planned; nothing was changed:\n${bullets(problems)}`,
    );
}

/** The ports on the lab's ctlplane: none where it is not there yet. */
async function ctlplanePorts({ plan, networks, ports }: Tenant): Promise<Port[]> {
  const tag = labTag(plan.name);
  const own = new Set(
    (await networks())
      .filter(({ name, tags }) => name === plan.ctlplane.name && tags.includes(tag))
      .map(({ id }) => id),
  );
  return (await ports()).filter(({ network_id }) => own.has(network_id));
}

/**
 * Planned addresses that a port has as an address pair without a prefix length: on OVN the port that is made or changed with
 * such an address becomes `virtual`, and its server loses its network. The lab's own ports of that plan have CIDRs.
 */
export function endangered(plan: LabPlan, ports: readonly Port[]): string[] {
  const planned = serversOf(plan).flatMap((server) =>
    server.ports.filter((port) => port.network === "ctlplane"),
  );
  return ports.flatMap((holder) =>
    holder.allowed_address_pairs.flatMap(({ ip_address }) => {
      const port = planned.find(({ name, address }) => address === ip_address && name !== holder.name);
      if (!port) return [];
      return [
        `${port.name} has ${ip_address}, which the port ${holder.name || holder.id} has as an address pair without /32: on OVN ` +
          `${port.name} would lose its network. Write that pair as ${ip_address}/32: ` +
          `\`openstack port unset --allowed-address ip-address=${ip_address} ${holder.id}\`, then \`openstack port set ` +
          `--allowed-address ip-address=${ip_address}/32 ${holder.id}\``,
      ];
    }),
  );
}

/** A lab of 0.1 has the router on the ctlplane at the subnet's gateway address. `ovb up` takes it off first. */
export function oldRouterInterface(
  { router, ctlplane }: LabPlan,
  ports: readonly Port[],
): string | undefined {
  const planned = router?.ctlplanePort;
  if (!planned) return undefined;
  const old = ports.find(
    (port) =>
      port.name !== planned.name &&
      isRouterInterface(port) &&
      port.fixed_ips.some(({ ip_address }) => ip_address === planned.address),
  );
  if (!old) return undefined;
  return (
    `The router is on ${ctlplane.name} as version 0.1 put it there, and holds ${planned.address}, which its planned port is to ` +
    "have: `npx ovb up` takes it off first, and the nodes have no way out for that moment. With Pulumi alone: `openstack router " +
    `remove port ${old.device_id} ${old.id}\`, \`pulumi refresh\`, then the same command again`
  );
}
