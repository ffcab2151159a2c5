import { updatePort } from "../../openstack/neutron";
import type { LabPlan, PortPlan } from "../../plan/lab/labPlan";
import { serversOf } from "../../plan/lab/servers";
import type { Setting } from "../../plan/lab/setting";
import { type Check, ok, skip } from "../../tenant/fit/check";
import type { Tenant } from "../../tenant/fit/tenant";
import { allOf, attempt, detailOf } from "./attempt";
import type { Probe } from "./probe";

type MakePort = (fields: object) => Promise<{ id: string }>;

/** What the plan's ctlplane ports are made of, one trial for each, so that a refusal names what is refused. */
export function tryPorts(
  tenant: Tenant,
  probe: Probe,
  { network, subnet, group }: { network: string; subnet: string; group: string | undefined },
): Promise<Check[]> {
  const { plan } = tenant;
  const planned = serversOf(plan).flatMap(({ ports }) => ports.filter((port) => port.network === "ctlplane"));
  const { mac, address } = plan.nodes[0]?.ports[0] ?? planned[0]!;
  const port: MakePort = (fields) => probe.create("ports", { network_id: network, ...fields });
  return allOf([
    attempt(tenant, "MAC and address of one's choice", `${mac} and ${address} are taken`, noChoice, () =>
      port({ mac_address: mac, fixed_ips: [{ subnet_id: subnet, ip_address: address }] }),
    ),
    ...(plan.ctlplane.subnet.dhcp ? [tryDhcpOptions(tenant, planned, port)] : []),
    ...(plan.ctlplane.portSecurity === "disabled" ? [] : [tryAddressPairs(tenant, planned, port)]),
    ...(group !== undefined && plan.ctlplane.portSecurity !== "disabled"
      ? [
          attempt(
            tenant,
            "ports with a security group",
            "can be made",
            offByDefault,
            () => port({ security_groups: [group] }),
            askForPortSecurity(plan),
          ),
        ]
      : []),
    tryWithoutPortSecurity(tenant, port),
  ]);
}

export const offByDefault =
  "Where networks have port security off unless asked for, set ovb:ctlplane.portSecurity and ovb:access.portSecurity to enabled.";

/** What that says, where nobody has asked yet. */
export function askForPortSecurity({ ctlplane, access }: LabPlan): Setting[] {
  const sections = [
    ...(ctlplane.portSecurity === "unset" ? ["ctlplane"] : []),
    ...(access.kind === "create" && access.portSecurity === "unset" ? ["access"] : []),
  ];
  return sections.map((section) => ({ path: [section, "portSecurity"], value: "enabled" }));
}

/** The way in is by the access network then. */
export const noFloatingIp: readonly Setting[] = [{ path: ["undercloud", "floatingIp"], value: false }];

const noChoice =
  "The lab's ports need both: ask the operator for a role that may set them on its own networks.";

const dhcpFromUndercloud: readonly Setting[] = [{ path: ["ctlplane", "dhcpServer"], value: "undercloud" }];

function tryDhcpOptions(tenant: Tenant, planned: readonly PortPlan[], port: MakePort): Promise<Check[]> {
  const options = new Map(
    planned.flatMap(({ dhcpOptions }) => dhcpOptions.map(({ name, value }) => [name, value])),
  );
  const all = [...options].map(([opt_name, opt_value]) => ({ opt_name, opt_value, ip_version: 4 as const }));
  const good = `${[...options.keys()].join(", ")} can be set, and changed later`;
  const advice =
    "They tell nodes what to boot. Without them the undercloud has to serve DHCP: ovb:ctlplane.dhcpServer undercloud.";
  const make = async () => {
    const { id } = await port({ extra_dhcp_opts: all });
    const other = { opt_name: "bootfile-name", opt_value: tenant.plan.ctlplane.bootUrl };
    await updatePort(tenant.session, id, { extra_dhcp_opts: [other] });
  };
  return attempt(tenant, "DHCP options of ports", good, advice, make, dhcpFromUndercloud);
}

/** More than any cloud is known to allow; Neutron's default is 10. */
const manyPairs = 200;

async function tryAddressPairs(
  tenant: Tenant,
  planned: readonly PortPlan[],
  port: MakePort,
): Promise<Check[]> {
  const lists = planned.map(({ allowedAddressPairs }) => allowedAddressPairs);
  const longest = lists.reduce((most, one) => (one.length > most.length ? one : most), []);
  const fields = (addresses: readonly string[]) => ({
    allowed_address_pairs: addresses.map((ip_address) => ({ ip_address })),
  });
  const good = `${longest.length} on a port, the most of the plan, are taken and can be changed`;
  const advice = `${offByDefault} Else set no VIPs and ovb:ctlplane.metadataRoute to false, or give a block of VIPs as one CIDR.`;
  const make = async () => {
    const { id } = await port(fields(longest.length > 0 ? longest : [examplePair(1)]));
    await updatePort(tenant.session, id, { allowed_address_pairs: [] });
  };
  const pairs = attempt(tenant, "address pairs", good, advice, make, askForPortSecurity(tenant.plan));
  const limit = async (): Promise<Check[]> => {
    const name = "limit of address pairs";
    try {
      await port(fields(Array.from({ length: manyPairs }, (_, i) => examplePair(i + 1))));
      return [ok(name, `${manyPairs} or more on a port`)];
    } catch (error) {
      const most = /exceeds the maximum (\d+)/i.exec(detailOf(error))?.[1];
      if (most === undefined) return [skip(name, `not said: ${(error as Error).message}`)];
      return [ok(name, `${most} on a port`)];
    }
  };
  return allOf([pairs, limit()]);
}

/** Of RFC 5737, for documentation: nobody's. */
function examplePair(host: number): string {
  return `198.51.100.${host}/32`;
}

/** Only where the plan sends the attribute is a refusal a failure. */
async function tryWithoutPortSecurity(tenant: Tenant, port: MakePort): Promise<Check[]> {
  const name = "port security switched off";
  const open = () => port({ port_security_enabled: false, security_groups: [] });
  if (isSwitchedOff(tenant.plan)) {
    const advice =
      "Set portSecurity of ovb:ctlplane and ovb:networks to unset, and ovb:ctlplane.dhcpServer to cloud, or to " +
      "undercloud-ovn where the cloud has OVN.";
    return attempt(tenant, name, "is allowed", advice, open);
  }
  try {
    await open();
    return [ok(name, "is allowed; the plan does not use it")];
  } catch (error) {
    return [ok(name, `is refused, and the plan does not use it: ${detailOf(error)}`)];
  }
}

function isSwitchedOff(plan: LabPlan): boolean {
  const { ctlplane, networks } = plan;
  const extra = networks.some((network) => network.kind === "create" && network.portSecurity === "disabled");
  const ports = serversOf(plan).flatMap((server) => server.ports);
  return extra || [ctlplane, ...ports].some(({ portSecurity }) => portSecurity === "disabled");
}
