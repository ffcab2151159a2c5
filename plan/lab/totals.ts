import type { LabPlan, Totals } from "./labPlan";
import { serversOf } from "./servers";

/** What the tenant's quota counts, in words. */
export const kinds: Record<keyof Totals, string> = {
  instances: "instances",
  networks: "networks",
  subnets: "subnets",
  ports: "ports",
  routers: "routers",
  floatingIps: "floating IPs",
  securityGroups: "security groups",
  securityGroupRules: "security group rules",
};

/** What the lab takes of each. */
export function totals(plan: Omit<LabPlan, "totals">): Totals {
  const servers = serversOf(plan);
  const networks = [plan.access, plan.ctlplane, ...plan.networks].filter(
    (n) => !("kind" in n) || n.kind === "create",
  );
  return {
    instances: servers.length,
    networks: networks.length,
    subnets: networks.length,
    ports:
      servers.flatMap((server) => server.ports).length +
      (plan.router?.interfaces.length ?? 0) +
      networks.length,
    routers: plan.router?.kind === "create" ? 1 : 0,
    floatingIps: plan.undercloud?.floatingIp ? 1 : 0,
    securityGroups: plan.securityGroups.length,
    // Neutron adds two egress rules to each group by itself.
    securityGroupRules: plan.securityGroups.reduce((sum, group) => sum + group.rules.length + 2, 0),
  };
}
