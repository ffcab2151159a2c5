import type { Setting } from "./setting";

/**
 * What serves a tenant's networks: ML2/OVN; or Neutron's agents (ML2/OVS, and Linux bridge up to 2024.2) with dnsmasq,
 * which act alike in all that a lab sees. A plan must be right on both: it knows neither.
 */
export type NetworkBackend = "ovn" | "agents";

/** What a backend does with what a lab plans. Each was seen on a cloud of its own (docs/networking.md). */
export interface BackendFacts {
  /** For people. */
  readonly label: string;
  /** Whether a VM's DHCP answers pass while its port has port security. */
  readonly letsVmServeDhcp: boolean;
  /** Whether the DHCP option `dhcp_disabled=true` of a port keeps the cloud's DHCP from answering it. */
  readonly hasDhcpDisabled: boolean;
  /** Who answers a guest at 169.254.169.254 when the cloud's DHCP gave it the lab's host route as well as Neutron's. */
  readonly metadataFrom: "undercloud" | "cloud";
}

export const networkBackends: Readonly<Record<NetworkBackend, BackendFacts>> = {
  ovn: {
    label: "OVN",
    letsVmServeDhcp: true,
    hasDhcpDisabled: true,
    // Neutron's own route is the first in option 121 (ovn_client.py, _get_ovn_dhcpv4_opts).
    metadataFrom: "cloud",
  },
  agents: {
    label: "agents (ML2/OVS or Linux bridge, dnsmasq)",
    letsVmServeDhcp: false,
    hasDhcpDisabled: false,
    metadataFrom: "undercloud",
  },
};

/** What of a plan does not hold, or not fully, on one backend. */
export interface BackendFinding {
  /** Unique among a plan's findings. */
  readonly subject: string;
  /** Whether nodes would not boot: the lab is not to be made there. */
  readonly isFatal: boolean;
  readonly message: string;
  /** What to change. */
  readonly advice: string;
  /** The same as data, where a key or two settle it. */
  readonly fix?: readonly Setting[];
  /** DHCP options that are better left out. */
  readonly options?: readonly string[];
}
