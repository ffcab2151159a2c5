import { createHash } from "node:crypto";
import { type Draft, roleTags } from "./draft";
import { nth, offsetOf, parseCidr, toCidr } from "./ipv4";
import type { PortPlan } from "./labPlan";
import { dhcpDisabled, nodeDhcp } from "./nodeDhcp";
import { writePortTags } from "./portTags";
import type { Role } from "./tags";

export interface CtlplanePortOptions {
  /** Name of the port's server, or what else the port's name begins with. */
  readonly server: string;
  readonly role: Role;
  readonly address: string;
  /** Addresses and CIDRs that it may hold beside its own; planned as CIDRs. @default none */
  readonly pairs?: readonly string[];
  /** Values by Neutron's names. */
  readonly dhcpOptions: Readonly<Record<string, string>>;
}

export function ctlplanePort(
  draft: Draft,
  { server, role, address, pairs = [], dhcpOptions }: CtlplanePortOptions,
): PortPlan {
  const { addressOwner, ...ctlplane } = draft.config.ctlplane;
  const { onSubnet, isServerOpen, isDisabledOnNodes } = nodeDhcp(draft.config);
  const portSecurity = role === "undercloud" && isServerOpen ? "disabled" : ctlplane.portSecurity;
  const open = portSecurity === "disabled";
  const options = Object.entries(dhcpOptions).map(([name, value]) => ({ name, value }));
  // Without port security there is nothing to make an exception from, and Neutron refuses pairs (409). Always CIDRs: on OVN
  // a pair written as an address makes a port that has this address `virtual`, and its server loses its network.
  const allowedAddressPairs = open ? [] : [...new Set(pairs.map(toCidr))];
  const bySync = role === "node" && addressOwner === "sync";
  return {
    name: `${server}-ctlplane`,
    network: "ctlplane",
    mac: ctlplaneMac(draft, address),
    address,
    allowedAddressPairs,
    dhcpOptions: role === "node" && isDisabledOnNodes ? [dhcpDisabled] : onSubnet ? options : [],
    portSecurity,
    ...(bySync && { addressOwner: "sync" }),
    securityGroup: open ? undefined : "ctlplane",
    tags: [...roleTags(draft, role), ...(bySync ? writePortTags(allowedAddressPairs) : [])],
  };
}

export function accessPort(draft: Draft, server: string, role: Role): PortPlan {
  const { network, portSecurity } = draft.config.access;
  return {
    name: `${server}-access`,
    network: "access",
    allowedAddressPairs: [],
    dhcpOptions: [],
    // On a network of others the attribute is not ours to send (403).
    portSecurity: network ? "unset" : portSecurity,
    securityGroup: portSecurity === "disabled" ? undefined : "access",
    tags: roleTags(draft, role),
  };
}

/**
 * A node's on an extra network. On a created one it has the offset that it has on the ctlplane; on a network of others
 * nothing may be chosen (403).
 */
export function extraPort(draft: Draft, server: string, key: string, ctlplaneAddress: string): PortPlan {
  const { networks } = draft.config;
  const position = networks.findIndex((candidate) => candidate.name === key);
  const network = networks[position]!;
  const offset = offsetOf(draft.where.ctlplane, ctlplaneAddress);
  const planned = network.network
    ? {}
    : { mac: mac(draft, position + 1, offset), address: nth(parseCidr(network.cidr)!, offset) };
  const open = network.portSecurity === "disabled" && !network.network;
  return {
    name: `${server}-${key}`,
    network: key,
    ...planned,
    allowedAddressPairs: [],
    dhcpOptions: [],
    portSecurity: network.network ? "unset" : network.portSecurity,
    securityGroup: open || network.network ? undefined : "ctlplane",
    tags: roleTags(draft, "node"),
  };
}

/**
 * DHCP options of VMs with an outer NIC: the ctlplane is on the link (0.0.0.0 as the router), and no more. With dnsmasq the
 * list takes the place of the subnet's routes; OVN appends it to them.
 */
export function onLinkOnly({ config }: Draft): Record<string, string> {
  return { "classless-static-route": `${config.ctlplane.cidr},0.0.0.0` };
}

/** MAC of the NIC that has that address on the ctlplane; of the subnet's own, from which all others count. */
export function ctlplaneMac(draft: Draft, address: string): string {
  return mac(draft, 0, offsetOf(draft.where.ctlplane, address));
}

/** PREFIX and 24 bits: 9 from the lab's name, 3 for the NIC, 12 for the offset of the address on the ctlplane. */
function mac({ config }: Draft, nic: number, offset: number): string {
  const lab = createHash("sha256").update(config.lab).digest().readUInt16BE(0) & 0x1ff;
  const suffix = (lab * 8 + nic) * 4096 + offset;
  const octets = [16, 8, 0].map((shift) => ((suffix >> shift) & 0xff).toString(16).padStart(2, "0"));
  return `${config.macPrefix}:${octets.join(":")}`;
}
