import type { BmcPlan, LabPlan } from "../plan/lab/labPlan";
import type { CreatedNetwork, SecurityGroupRulePlan } from "../plan/lab/networkPlan";
import type { Fact, Rail } from "./picture";
import { fact, railOf } from "./serverFacts";

/** The networks of a lab, and the BMC's ways as one more rail. */
export function railsOf(plan: LabPlan): Rail[] {
  const floating = plan.totals.floatingIps;
  return [
    {
      id: "public",
      kind: "public",
      title: plan.publicNetwork,
      facts: [
        fact("kind", "external network of the cloud"),
        ...(floating > 0
          ? [fact("floating IPs", `${floating} floating ${floating === 1 ? "IP" : "IPs"} of the lab`)]
          : []),
      ],
    },
    networkRail(plan, "access", plan.access),
    networkRail(plan, "ctlplane", plan.ctlplane),
    ...(plan.bmc && plan.nodes.length > 0 ? [bmcRail(plan.bmc)] : []),
    ...plan.networks.map((network) => networkRail(plan, network.key, network)),
  ];
}

function networkRail(
  plan: LabPlan,
  key: string,
  network: LabPlan["access"] | LabPlan["networks"][number] | CreatedNetwork,
): Rail {
  const id = railOf(key);
  const kind = id === "access" || id === "ctlplane" ? id : "extra";
  if (!("subnet" in network))
    return { id, kind, title: key, facts: [fact("existing", `${network.name}, which exists already`)] };
  return { id, kind, title: key, facts: [...created(network), ...allows(plan, key)] };
}

function created({ name, mtu, portSecurity, subnet }: CreatedNetwork): Fact[] {
  const { cidr, gateway, dhcp, dns, pool, routes } = subnet;
  return [
    fact("cidr", cidr, "mono"),
    fact("name", name),
    fact("gateway", gateway ? `gateway ${gateway}` : "no gateway"),
    fact("dhcp", dhcp ? "DHCP by the cloud" : "no DHCP by the cloud"),
    ...(pool && dhcp ? [fact("pool", `pool ${pool.start}-${pool.end}`)] : []),
    ...(mtu ? [fact("mtu", `MTU ${mtu}`)] : []),
    ...(dns.length > 0 ? [fact("dns", `DNS ${dns.join(", ")}`)] : []),
    ...routes.map(({ destination, nextHop }) =>
      fact(`route ${destination}`, `route ${destination} via ${nextHop}`),
    ),
    fact(
      "security",
      {
        unset: "port security: the cloud's default",
        enabled: "port security on",
        disabled: "port security off",
      }[portSecurity],
    ),
  ];
}

/** What the security group of the network's ports lets in. */
function allows(plan: LabPlan, key: string): Fact[] {
  const group = plan.securityGroups.find((candidate) => candidate.key === key);
  if (!group) return [];
  const rule = ({ protocol, port, from }: SecurityGroupRulePlan) =>
    `${port === undefined ? (protocol ?? "everything") : `${protocol} ${port}`}${from && from !== "0.0.0.0/0" ? ` from ${from}` : ""}`;
  return [fact("rules", `security group lets in ${group.rules.map(rule).join(", ") || "nothing"}`)];
}

function bmcRail(bmc: BmcPlan): Rail {
  const where = bmc.mode === "port" ? `${bmc.address}, a UDP port per node` : `${bmc.block} udp 623`;
  const { httpsPort, httpPort } = bmc.redfish;
  return {
    id: "bmc",
    kind: "bmc",
    title: "BMC",
    facts: [
      fact("ipmi", `IPMI ${where}`),
      ...(httpsPort ? [fact("https", `Redfish https://${bmc.address}:${httpsPort}`)] : []),
      ...(httpPort ? [fact("http", `Redfish http://${bmc.address}:${httpPort}`)] : []),
      fact("user", `user ${bmc.username}`),
    ],
  };
}
