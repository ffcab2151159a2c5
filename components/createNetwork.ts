import { networking } from "@pulumi/openstack";
import type { Input, Resource } from "@pulumi/pulumi";
import { openstackPlugin } from "../openstack/plugin";
import type { CreatedNetwork, PortSecurity } from "../plan/lab/networkPlan";
import type { LabOwner } from "./labOwner";
import { neutronTimeouts } from "./timeouts";

/** Where a port can be put. */
export interface NetworkPlace {
  networkId: Input<string>;
  /** Absent on a network of others: Neutron chooses the subnet, and the address. */
  subnetId?: Input<string>;
}

/** Registers a network, its subnet and the subnet's host routes as children of the parent. */
export function createNetwork(
  plan: CreatedNetwork,
  owner: LabOwner,
  tags: readonly string[],
  parent: Resource,
): { networkId: Input<string>; subnetId: Input<string> } {
  const network = new networking.Network(
    plan.name,
    {
      name: plan.name,
      description: owner.describe(tags),
      mtu: plan.mtu,
      portSecurityEnabled: toAttribute(plan.portSecurity),
      availabilityZoneHints: plan.availabilityZones && [...plan.availabilityZones],
      tags: owner.tags(tags),
    },
    { ...openstackPlugin, parent, customTimeouts: neutronTimeouts },
  );
  const { name, cidr, gateway, dhcp, dns, pool, routes } = plan.subnet;
  const subnet = new networking.Subnet(
    name,
    {
      name,
      description: owner.describe(tags),
      networkId: network.id,
      cidr,
      ipVersion: 4,
      ...(gateway ? { gatewayIp: gateway } : { noGateway: true }),
      enableDhcp: dhcp,
      dnsNameservers: dns.length > 0 ? [...dns] : undefined,
      allocationPools: pool && [{ start: pool.start, end: pool.end }],
      tags: owner.tags(tags),
    },
    {
      ...openstackPlugin,
      parent,
      // Neutron deletes a network's subnets with it.
      deletedWith: network,
      // A CIDR that overlaps the old one is refused on the same network.
      deleteBeforeReplace: true,
      customTimeouts: neutronTimeouts,
    },
  );
  for (const { destination, nextHop } of routes) {
    // Nothing waits for it: guests learn routes from DHCP when they boot, long after this one call, and nodes
    // are born powered off. Not Subnet.hostRoutes: later majors of the provider have dropped that.
    new networking.SubnetRoute(
      `${name}-${destination.replace("/", "-")}`,
      { subnetId: subnet.id, destinationCidr: destination, nextHop },
      { ...openstackPlugin, parent, deletedWith: subnet, deleteBeforeReplace: true },
    );
  }
  return { networkId: network.id, subnetId: subnet.id };
}

/** port_security_enabled, or nothing at all: some clouds refuse the attribute itself. */
export function toAttribute(portSecurity: PortSecurity): boolean | undefined {
  return portSecurity === "unset" ? undefined : portSecurity === "enabled";
}
