import type { LabPlan, NodePlan, PortPlan, ServerPlan, UndercloudPlan } from "../plan/lab/labPlan";
import { networkOf } from "../plan/lab/networkOf";
import { shortName } from "../plan/lab/servers";
import type { Fact, Section } from "./picture";

/** A server as sections: the machine itself, then each NIC, then its BMC. Names are Neutron's and Nova's. */
export function serverSections(plan: LabPlan, server: ServerPlan): Section[] {
  const node = "key" in server ? (server as NodePlan) : undefined;
  return [
    { title: "", facts: machine(plan, server, node) },
    ...nics(plan, server),
    ...(node?.ipmiAddress ? [bmcSection(node)] : []),
  ];
}

/** What a card says below the server's name. */
export function roleOf(plan: LabPlan, server: ServerPlan): string {
  if (server.name === plan.bmc?.name) return "BMC of every node";
  if (server.name === plan.undercloud?.name)
    return { ironic: "undercloud with Ironic", "boot-server": "boot server", custom: "undercloud of yours" }[
      plan.undercloud.kind
    ];
  return "baremetal node";
}

export function railOf(network: string): string {
  return network === "access" || network === "ctlplane" ? network : `net-${network}`;
}

function machine(plan: LabPlan, server: ServerPlan, node: NodePlan | undefined): Fact[] {
  const { disk, iso } = plan.images;
  return [
    fact("flavor", `flavor ${server.flavor}`),
    fact("disk", `disk: image ${server.image ?? disk.name}`),
    ...(node?.strategy === "rescue" && iso ? [fact("cd", `CD-ROM: ${iso.name} (rescue)`)] : []),
    ...(node ? [fact("boot", `boots ${node.bootScript} by ${node.strategy}`)] : []),
    ...(node?.profile ? [fact("profile", `profile ${node.profile}`)] : []),
    ...(server.configDrive ? [fact("drive", "config drive")] : []),
    ...serves(plan, server),
  ];
}

function serves(plan: LabPlan, server: ServerPlan): Fact[] {
  if (server.name === plan.undercloud?.name) {
    const { ironic } = plan.undercloud as UndercloudPlan;
    return [
      fact("serves", `serves ${plan.ctlplane.bootUrl}`),
      ...(ironic ? [fact("ironic", `Ironic's API by TLS on ${ironic.tlsPort}`)] : []),
    ];
  }
  if (server.name !== plan.bmc?.name) return [];
  const { redfish, mode } = plan.bmc;
  const ports = [
    redfish.httpsPort && `https ${redfish.httpsPort}`,
    redfish.httpPort && `http ${redfish.httpPort}`,
  ];
  const redfishPorts = ports.filter(Boolean).join(", ");
  return [
    fact(
      "mode",
      {
        port: "IPMI: a UDP port per node",
        address: "IPMI: an address per node",
        nic: "IPMI: a NIC per node",
      }[mode],
    ),
    ...(redfishPorts ? [fact("redfish", `Redfish ${redfishPorts}`)] : []),
  ];
}

/** NICs of a network that differ in nothing but address and MAC are one section: a BMC may have a hundred. */
function nics(plan: LabPlan, server: ServerPlan): Section[] {
  const alike = new Map<string, PortPlan[]>();
  for (const port of server.ports) {
    const { allowedAddressPairs, dhcpOptions, portSecurity, network } = port;
    const key = JSON.stringify([network, allowedAddressPairs, dhcpOptions, portSecurity]);
    alike.set(key, [...(alike.get(key) ?? []), port]);
  }
  return [...alike.values()].map((ports) => nic(plan, server, ports));
}

function nic(plan: LabPlan, server: ServerPlan, ports: readonly PortPlan[]): Section {
  const port = ports[0]!;
  const floats =
    port.network === "access" && server.name === plan.undercloud?.name && plan.undercloud.floatingIp;
  const at = (slot: string, i: number) =>
    ports.length === 1 ? slot : `${slot} ${shortName(plan, server)} ${i}`;
  return {
    title: ports.length === 1 ? `NIC on ${port.network}` : `${ports.length} NICs on ${port.network}`,
    rail: railOf(port.network),
    ports: ports.map(({ name }) => name),
    facts: [
      ...ports.flatMap(({ address, mac }, i) => [
        address
          ? fact(at("address", i), address, "mono")
          : fact(at("address", i), "address: the cloud's choice"),
        ...(mac ? [fact(at("mac", i), mac, "mono")] : []),
      ]),
      ...(floats ? [fact("floating IP", `floating IP of ${plan.publicNetwork}`)] : []),
      ...port.allowedAddressPairs.map((pair) => fact(`pair ${pair}`, pairText(pair), "pair")),
      // A list of routes has no blank, and no line is that long.
      ...port.dhcpOptions.map(({ name, value }) =>
        fact(`DHCP ${name}`, `DHCP ${name} ${value.replaceAll(",", ", ")}`),
      ),
      ...security(plan, port),
      ...(port.addressOwner === "sync" ? [fact("owner", "address and pairs: sync's")] : []),
    ],
  };
}

/** Allowed address pairs by what they are for. */
function pairText(pair: string): string {
  const address = pair.replace(/\/32$/, "");
  if (address === "169.254.169.254") return `metadata ${address}`;
  return `${address.includes("/") ? "VIPs" : "VIP"} ${address}`;
}

/** What the network's rail does not tell of the port already. */
function security(plan: LabPlan, { portSecurity, securityGroup, network }: PortPlan): Fact[] {
  const on = networkOf(plan, network);
  const ofNetwork = on && "subnet" in on ? on.portSecurity : "unset";
  const words = { unset: "as the network's", enabled: "on", disabled: "off: no firewall" }[portSecurity];
  return [
    ...(portSecurity === ofNetwork && portSecurity !== "disabled"
      ? []
      : [fact("security", `port security ${words}`)]),
    ...(securityGroup && securityGroup !== network ? [fact("group", `security group ${securityGroup}`)] : []),
  ];
}

function bmcSection({ ipmiAddress, ipmiPort }: NodePlan): Section {
  return {
    title: "BMC",
    rail: "bmc",
    facts: [fact("ipmi", `IPMI ${ipmiAddress}`, "mono"), fact("ipmi port", `udp ${ipmiPort}`, "mono")],
  };
}

export function fact(slot: string, text: string, style: Fact["style"] = "plain"): Fact {
  return { slot, text, style };
}
