import type { Port } from "../../openstack/neutron";
import type { LabPlan } from "../../plan/lab/labPlan";
import { serversOf } from "../../plan/lab/servers";
import { type Check, ok, skip, warn } from "../../tenant/fit/check";

export type Backend = "OVN" | "Open vSwitch" | "Linux bridge" | "agents (Open vSwitch or Linux bridge)";

/**
 * What Neutron is made of, where a tenant can see it: binding:vif_type where policy shows it, else who serves DHCP.
 * The device ids are from neutron/plugins/ml2/drivers/ovn/mech_driver/ovsdb/ovn_client.py ("ovnmeta-NETWORK") and
 * neutron_lib/plugins/utils.py, get_dhcp_device_id ("dhcpHOST-NETWORK").
 */
export function backendOf(
  ports: readonly (Pick<Port, "device_id"> & { "binding:vif_type"?: string })[],
): Backend | undefined {
  if (ports.some(({ device_id }) => device_id.startsWith("ovnmeta-"))) return "OVN";
  const types = new Set(ports.map((port) => port["binding:vif_type"]));
  if (types.has("bridge")) return "Linux bridge";
  if (types.has("ovs")) return "Open vSwitch";
  return ports.some(({ device_id }) => device_id.startsWith("dhcp"))
    ? "agents (Open vSwitch or Linux bridge)"
    : undefined;
}

/**
 * DHCP options that OVN's own DHCP server can send; it leaves others out without a word
 * (neutron/common/ovn/constants.py, SUPPORTED_DHCP_OPTS_MAPPING, IPv4, as of Neutron 21).
 */
const ovnDhcpOptions = new Set(
  (
    "arp-timeout tcp-keepalive netmask router dns-server log-server lpr-server domain-name swap-server policy-filter " +
    "router-solicitation nis-server ntp-server server-id tftp-server classless-static-route ms-classless-static-route " +
    "ip-forward-enable router-discovery ethernet-encap default-ttl tcp-ttl mtu lease-time T1 T2 bootfile-name " +
    "bootfile-name-alt wpad path-prefix tftp-server-address server-ip-address " +
    "1 3 6 7 9 15 16 19 21 23 26 31 32 35 36 37 38 41 42 51 54 58 59 66 67 121 150 210 249 252"
  ).split(" "),
);

/** Which of the plan's DHCP options would not arrive. */
export function judgeBackend(plan: LabPlan, backend: Backend | undefined): Check {
  const name = "Neutron's backend";
  if (backend === undefined)
    return skip(name, "does not show in this project's ports; a run without --no-probe may tell");
  if (backend !== "OVN") return ok(name, `${backend}: dnsmasq serves DHCP, and takes every option`);
  const options = serversOf(plan).flatMap(({ ports }) => ports.flatMap((port) => port.dhcpOptions));
  const lost = [...new Set(options.map((option) => option.name))].filter((one) => !ovnDhcpOptions.has(one));
  if (lost.length === 0) return ok(name, "OVN, whose DHCP server knows every option of the plan");
  const advice =
    "Leave them out of ovb:nodes[].dhcpOptions, or let the undercloud serve DHCP (ovb:ctlplane.dhcp: false).";
  return warn(name, `OVN, whose DHCP server leaves out: ${lost.join(", ")}`, advice);
}
