import type { Network, Subnet } from "../../openstack/neutron";
import { overlaps, parseCidr } from "../../plan/lab/ipv4";
import { serversOf } from "../../plan/lab/servers";
import type { Setting } from "../../plan/lab/setting";
import { isRouterInterface } from "../inventory";
import { type Check, fail, ok, skip } from "./check";
import { pick } from "./pick";
import type { Tenant } from "./tenant";

/** One of the lab's own is made then. */
const ownNetwork: readonly Setting[] = [{ path: ["access", "network"], value: undefined }];
const ownRouter: readonly Setting[] = [{ path: ["access", "router"], value: undefined }];

/** Whether the networks of others that the plan uses take its ports, and lead a floating IP to the undercloud. */
export async function checkExistingNetworks(tenant: Tenant): Promise<Check[]> {
  const { plan } = tenant;
  // Without undercloud and BMC nothing is put on the access network.
  const isAccessUsed = serversOf(plan).some(({ ports }) => ports.some(({ network }) => network === "access"));
  const used = [...(isAccessUsed ? [plan.access] : []), ...plan.networks];
  const names = used.flatMap((one) => (one.kind === "existing" ? [one.name] : []));
  if (names.length === 0) return [];
  const [networks, subnets] = await Promise.all([tenant.networks(), tenant.subnets()]);
  const ports = [...new Set(names)].flatMap((name) => {
    const network = pick(networks, name);
    return network ? [judgeNetwork(tenant, network, subnets)] : [];
  });
  const outer = plan.access.kind === "existing" ? pick(networks, plan.access.name) : undefined;
  if (!outer || !plan.undercloud?.floatingIp) return ports;
  return [...ports, await checkWayOut(tenant, outer)];
}

function isIn({ id }: Network): (subnet: Subnet) => boolean {
  return ({ network_id, ip_version }) => network_id === id && ip_version === 4;
}

/** Whether ports as planned can be made on it, and servers put on them. */
function judgeNetwork({ plan }: Tenant, network: Network, subnets: readonly Subnet[]): Check {
  const name = `ports on ${network.name}`;
  const isAccess = plan.access.kind === "existing" && [network.id, network.name].includes(plan.access.name);
  const grouped =
    isAccess &&
    serversOf(plan).some(({ ports }) => ports.some((p) => p.network === "access" && p.securityGroup));
  if (network["router:external"] && !network.shared) {
    const message = "an external network that is not shared: Nova puts no server of a member on it";
    return fail(
      name,
      message,
      "Name a network with a router to it, or leave the key out: a network is made then.",
      isAccess ? ownNetwork : [],
    );
  }
  if (isAccess && !subnets.some(isIn(network))) {
    const message = "has no IPv4 subnet, or shows none to this project: the outer NICs would have no address";
    return fail(name, message, "Give it a subnet, or name another network (ovb:access.network).", ownNetwork);
  }
  if (grouped && network.port_security_enabled === false) {
    const message = "has port security off, and Neutron refuses a port with a security group there";
    return fail(
      name,
      message,
      "Set ovb:access.portSecurity to disabled (no firewall then), or name another network.",
      [{ path: ["access", "portSecurity"], value: "disabled" }],
    );
  }
  return ok(name, "can be made as planned");
}

/** A floating IP needs a router with its gateway on that external network and an interface on the port's subnet. */
async function checkWayOut(tenant: Tenant, network: Network): Promise<Check> {
  const { plan, session, signal } = tenant;
  const name = `way from ${plan.publicNetwork} to ${network.name}`;
  const [ports, routers, networks] = await Promise.all([
    tenant.visiblePorts(),
    tenant.routers(),
    tenant.networks(),
  ]);
  const external = pick(
    networks.filter((one) => one["router:external"]),
    plan.publicNetwork,
  );
  const interfaces = ports.filter((port) => port.network_id === network.id && isRouterInterface(port));
  const leading = interfaces.map(({ device_id }) => routers.find(({ id }) => id === device_id));
  const found = leading.find((router) => router?.external_gateway_info?.network_id === external?.id);
  if (external && found) return ok(name, `the router ${found.name || found.id}`);
  // Another project's network shows neither its interfaces nor its routers.
  const isOurs = network.project_id === (await session.projectId(signal));
  if (!isOurs || leading.includes(undefined))
    return skip(name, "its routers are not shown to this project; a run without --no-probe tries");
  const message =
    interfaces.length === 0
      ? "none of its subnets is on a router, so it takes no floating IP"
      : `its router has no gateway on ${plan.publicNetwork}`;
  return fail(
    name,
    message,
    "Put it on such a router, set ovb:undercloud.floatingIp to false, or leave ovb:access.network out.",
    ownNetwork,
  );
}

/** Whether a router of the cloud takes the lab's subnets, and leads a floating IP to the undercloud. */
export async function checkExistingRouter(tenant: Tenant): Promise<Check[]> {
  const { plan, session, signal, isOfLab } = tenant;
  if (plan.router?.kind !== "existing") return [];
  const [routers, networks, subnets, ports, project] = await Promise.all([
    tenant.routers(),
    tenant.networks(),
    tenant.subnets(),
    tenant.visiblePorts(),
    session.projectId(signal),
  ]);
  const router = pick(routers, plan.router.name);
  if (!router) return [];
  const name = `interfaces of ${router.name || router.id}`;
  if (router.project_id !== project) {
    const message = "the router is another project's, and only that may give it interfaces";
    return [
      fail(
        name,
        message,
        "Name a router of this project (ovb:access.router), or leave the key out: one is made then.",
        ownRouter,
      ),
    ];
  }
  const checks: Check[] = [];
  const planned = plan.router.interfaces.flatMap((key) => {
    const { cidr } =
      key === "ctlplane"
        ? plan.ctlplane.subnet
        : { cidr: "", ...(plan.access.kind === "create" && plan.access.subnet) };
    return cidr === "" ? [] : [{ key, cidr }];
  });
  const served = ports
    .filter(({ device_id }) => device_id === router.id)
    .flatMap(({ fixed_ips }) => fixed_ips.map(({ subnet_id }) => subnets.find(({ id }) => id === subnet_id)))
    .filter((subnet) => subnet !== undefined && subnet.ip_version === 4 && !isOfLab(subnet));
  const conflicts = planned.flatMap(({ key, cidr }) =>
    served.flatMap((subnet) =>
      overlaps(parseCidr(cidr)!, cidrOf(subnet!.cidr))
        ? [`ovb:${key}.cidr ${cidr} overlaps with ${subnet!.name || subnet!.id} ${subnet!.cidr}`]
        : [],
    ),
  );
  checks.push(
    conflicts.length === 0
      ? ok(name, `${planned.map(({ cidr }) => cidr).join(", ")} can be added`)
      : fail(
          name,
          `${conflicts.join("; ")}, which it serves already`,
          "Choose another network for the lab: a router serves no two that overlap.",
          ownRouter,
        ),
  );
  if (plan.access.kind === "create" && plan.undercloud?.floatingIp) {
    const external = pick(
      networks.filter((one) => one["router:external"]),
      plan.publicNetwork,
    );
    const way = `way from ${plan.publicNetwork} to ${router.name || router.id}`;
    checks.push(
      external && router.external_gateway_info?.network_id === external.id
        ? ok(way, "its gateway is there")
        : fail(
            way,
            router.external_gateway_info
              ? "the router's gateway is on another network"
              : "the router has no gateway",
            "Name a router with its gateway on ovb:publicNetwork, or set ovb:undercloud.floatingIp to false.",
            ownRouter,
          ),
    );
  }
  return checks;
}

function cidrOf(text: string): NonNullable<ReturnType<typeof parseCidr>> {
  return parseCidr(text) ?? parseCidr("0.0.0.0/32")!;
}
