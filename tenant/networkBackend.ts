import type { Port } from "../openstack/neutron";
import type { NetworkBackend } from "../plan/lab/networkBackend";
import type { Tenant } from "./fit/tenant";

/** What of a port tells. */
export type TellingPort = Pick<Port, "device_id" | "device_owner">;

/**
 * What serves the network of these ports. A tenant sees the ports that Neutron makes for DHCP and metadata on the
 * tenant's own networks: OVN's has the device id "ovnmeta-NETWORK" (ovn_client.py), an agent's "dhcpHOST-NETWORK"
 * (neutron_lib/plugins/utils.py, get_dhcp_device_id). A cloud of OVN may have DHCP agents beside it, for machines
 * and SR-IOV: OVN's port decides.
 */
export function backendOfPorts(ports: readonly TellingPort[]): NetworkBackend | undefined {
  if (ports.some(({ device_id }) => device_id.startsWith("ovnmeta-"))) return "ovn";
  const isAgents = ({ device_id, device_owner }: TellingPort) =>
    (device_owner === "network:dhcp" && device_id.startsWith("dhcp")) || agentRouterOwners.has(device_owner);
  return ports.some(isAgents) ? "agents" : undefined;
}

/** Of routers that are distributed or highly available by agents; OVN's are `network:router_interface` always. */
const agentRouterOwners = new Set([
  "network:router_interface_distributed",
  "network:router_centralized_snat",
  "network:ha_router_replicated_interface",
  "network:router_ha_interface",
]);

/**
 * What the list of extensions tells, where no port does. The L3 agents' plugin has these in every release since Stein
 * (l3_router_plugin.py), OVN's never; OVN's alone has a router with several gateways (common/ovn/extensions.py, 2023.2).
 */
export function backendOfExtensions(aliases: ReadonlySet<string>): NetworkBackend | undefined {
  const any = (...some: string[]) => some.some((alias) => aliases.has(alias));
  if (any("external-gateway-multihoming", "enable-default-route-bfd", "enable-default-route-ecmp"))
    return "ovn";
  if (any("router-admin-state-down-before-update", "l3-port-ip-change-not-allowed", "dvr")) return "agents";
  return undefined;
}

/** What serves the tenant's networks, by the ports that are there, else by what Neutron says it can do. */
export async function backendOf(
  tenant: Pick<Tenant, "ports" | "extensions">,
): Promise<NetworkBackend | undefined> {
  return backendOfPorts(await tenant.ports()) ?? backendOfExtensions(await tenant.extensions());
}
