import { parseCidr } from "../../lab/ipv4";
import type { LabPlan } from "../../lab/labPlan";
import { metadataAddress } from "../../lab/layout";
import type { AddressRange } from "../../lab/networkPlan";

/** What TripleO's undercloud.conf and os-net-config must have in common with the lab. */
export interface TripleoInput {
  readonly cidr: string;
  readonly gateway: string;
  /** Bytes. */
  readonly mtu: number;
  readonly dns: readonly string[];
  /** Of the undercloud on the ctlplane. */
  readonly address: string;
  /** Single addresses that it may hold beside its own. */
  readonly vips: readonly string[];
  /** What the undercloud gives to deployed nodes. */
  readonly dhcpRange: AddressRange;
  /** What it gives to nodes that it inspects. */
  readonly inspectionRange: AddressRange;
}

/** @returns what is planned, or undefined for kinds of underclouds that bring all this themselves. */
export function tripleoInput({ ctlplane, undercloud }: LabPlan): TripleoInput | undefined {
  if (!ctlplane.ranges) return undefined;
  return {
    cidr: ctlplane.subnet.cidr,
    // Without one of the cloud's the undercloud routes for its nodes.
    gateway: ctlplane.gateway ?? ctlplane.server,
    mtu: ctlplane.mtu,
    dns: ctlplane.subnet.dns,
    address: ctlplane.server,
    vips: undercloud?.custom?.vips ?? [],
    dhcpRange: ctlplane.ranges.dhcp,
    inspectionRange: ctlplane.ranges.inspection,
  };
}

/**
 * The part of TripleO's undercloud.conf that must agree with the lab; names and meanings as in
 * python-tripleoclient's tripleoclient/config/undercloud.py. The first two VIPs are its public and admin host.
 */
export function undercloudConf(input: TripleoInput): string {
  const { cidr, gateway, mtu, dns, address, vips, dhcpRange, inspectionRange } = input;
  const [publicHost, adminHost] = vips;
  const { prefix } = parseCidr(cidr)!;
  return `# What must agree with the lab; add what else your undercloud needs.
[DEFAULT]
# The VM's second NIC; the first one is on the access network.
local_interface = eth1
local_ip = ${address}/${prefix}
local_mtu = ${mtu}
${publicHost && adminHost ? `undercloud_public_host = ${publicHost}\nundercloud_admin_host = ${adminHost}\n` : ""}${dns.length > 0 ? `undercloud_nameservers = ${dns.join(",")}\n` : ""}net_config_override = /etc/ovb/os-net-config.yaml
enabled_hardware_types = ipmi,redfish
subnets = ctlplane-subnet
local_subnet = ctlplane-subnet

[ctlplane-subnet]
cidr = ${cidr}
gateway = ${gateway}
dhcp_start = ${dhcpRange.start}
dhcp_end = ${dhcpRange.end}
inspection_iprange = ${inspectionRange.start},${inspectionRange.end}
masquerade = false
`;
}

/** os-net-config's file for the undercloud: the bridge of the ctlplane, every device of it with the lab's MTU. */
export function osNetConfig({ cidr, address, mtu }: TripleoInput): string {
  const { prefix } = parseCidr(cidr)!;
  return `network_config:
- type: ovs_bridge
  name: br-ctlplane
  use_dhcp: false
  mtu: ${mtu}
  addresses:
  - ip_netmask: ${address}/${prefix}
  - ip_netmask: ${metadataAddress}/32
  members:
  - type: interface
    name: eth1
    primary: true
    mtu: ${mtu}
`;
}
