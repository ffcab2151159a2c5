import type { Check } from "../../tenant/fit/check";
import { pick } from "../../tenant/fit/pick";
import type { Tenant } from "../../tenant/fit/tenant";
import { attempt } from "./attempt";
import { askForPortSecurity, noFloatingIp, offByDefault } from "./portTrial";
import type { Probe } from "./probe";

/**
 * The outer NICs, where the ctlplane's trial tells nothing of them: on a network of others, or on one that is made with
 * another port security.
 * @param group security group of the trial; absent where the plan has none
 */
export async function tryAccess(tenant: Tenant, probe: Probe, group: string | undefined): Promise<Check[]> {
  const { plan } = tenant;
  const grouped = [plan.undercloud, plan.bmc].some((server) =>
    server?.ports.some((port) => port.network === "access" && port.securityGroup),
  );
  if (!plan.undercloud && !plan.bmc) return [];
  const security = grouped && group !== undefined ? { security_groups: [group] } : {};
  if (plan.access.kind === "existing") return tryExisting(tenant, probe, plan.access.name, security);
  const { portSecurity } = plan.access;
  if (portSecurity === plan.ctlplane.portSecurity || !grouped) return [];
  const make = async () => {
    const attribute = portSecurity === "unset" ? {} : { port_security_enabled: portSecurity === "enabled" };
    const { id: network_id } = await probe.create("networks", attribute);
    await probe.create("subnets", { network_id, ip_version: 4, cidr: tryCidr });
    await probe.create("ports", { network_id, ...security });
  };
  const fix = askForPortSecurity(plan);
  return attempt(tenant, "ports of the access network", "can be made", offByDefault, make, fix);
}

/** RFC 5737, for documentation: nobody's. */
const tryCidr = "198.51.100.0/29";

async function tryExisting(tenant: Tenant, probe: Probe, name: string, security: object): Promise<Check[]> {
  const { plan, networks, isOfLab } = tenant;
  const all = await networks();
  const network = pick(all, name);
  if (!network) return []; // references.ts says so
  let port: string | undefined;
  const ports = await attempt(
    tenant,
    `a port on ${name}`,
    "can be made as planned",
    "See the message; another network may be named (ovb:access.network), or ovb:access.portSecurity be set to disabled.",
    async () => {
      port = (await probe.create("ports", { network_id: network.id, ...security })).id;
    },
    [{ path: ["access", "network"], value: undefined }],
  );
  const external = pick(
    all.filter((one) => one["router:external"]),
    plan.publicNetwork,
  );
  if (!port || !plan.undercloud?.floatingIp || !external) return ports;
  if ((await tenant.own("floatingips")).some(isOfLab)) return ports;
  const floating = await attempt(
    tenant,
    `a floating IP on ${name}`,
    `${plan.publicNetwork} leads there`,
    "The network has to be on a router with its gateway on ovb:publicNetwork; or set ovb:undercloud.floatingIp to false.",
    () => probe.create("floatingips", { floating_network_id: external.id, port_id: port }),
    noFloatingIp,
  );
  return [...ports, ...floating];
}
