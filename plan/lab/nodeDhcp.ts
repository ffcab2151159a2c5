import { cidrsOf } from "./ipv4";
import type { Layout } from "./layout";
import type { DhcpServer } from "./networkPlan";
import type { LabConfig } from "./schema/configSchema";

/** What of the cloud's DHCP a lab has, and what its undercloud needs to serve it. */
export interface NodeDhcp {
  readonly server: DhcpServer;
  /** Whether the subnet has the cloud's DHCP, for the nodes or for the undercloud and the BMC alone. */
  readonly onSubnet: boolean;
  /** Whether the nodes' ports are left out of it. */
  readonly isDisabledOnNodes: boolean;
  /** Whether port security is off on the undercloud's port, whatever the network has. */
  readonly isServerOpen: boolean;
}

/** Where only `dhcp` says it: off leaves the nodes to the undercloud. */
export function nodeDhcp({ ctlplane }: LabConfig): NodeDhcp {
  const server = ctlplane.dhcpServer ?? (ctlplane.dhcp === false ? "undercloud" : "cloud");
  const onSubnet = ctlplane.dhcp ?? server !== "undercloud";
  return {
    server,
    onSubnet,
    isDisabledOnNodes: onSubnet && server === "undercloud-ovn",
    isServerOpen: server === "undercloud",
  };
}

/** Neutron's name of the option that keeps OVN from answering a port (neutron/common/ovn/constants.py, DHCP_DISABLED_OPT). */
export const dhcpDisabled = { name: "dhcp_disabled", value: "true" };

/**
 * Addresses beside their planned ones that nodes may hold, as CIDRs: what an undercloud of the user's own gives them by
 * its DHCP. The program's own gives the planned ones.
 */
export function givenAddresses(config: LabConfig, { dhcpRange, inspectionRange }: Layout): readonly string[] {
  const { kind } = config.undercloud;
  if (nodeDhcp(config).server === "cloud" || (kind !== "custom" && kind !== "none")) return [];
  return [...cidrsOf(dhcpRange), ...cidrsOf(inspectionRange)];
}
