import { compute, networking } from "@pulumi/openstack";
import {
  type CustomResourceOptions,
  type Input,
  mergeOptions,
  type Output,
  type Resource,
} from "@pulumi/pulumi";
import { openstackPlugin } from "../openstack/plugin";
import type { PortPlan, ServerPlan } from "../plan/lab/labPlan";
import { type NetworkPlace, toAttribute } from "./createNetwork";
import type { LabOwner } from "./labOwner";
import { neutronTimeouts, serverTimeouts } from "./timeouts";

/** What a server of the lab is put on. Ids only: the caller has looked them up or created them. */
export interface ServerPlace {
  owner: LabOwner;
  /** By the key that port plans use: "access", "ctlplane", or the key of an extra network. */
  networks: Record<string, NetworkPlace>;
  /** Ids by the key that port plans use. */
  securityGroupIds: Record<string, Input<string>>;
  flavorId: Input<string>;
  imageId: Input<string>;
}

/** Registers a server and its ports as children of the parent. The ports are in the plan's order. */
export function createServer(
  plan: ServerPlan,
  place: ServerPlace,
  settings: {
    readonly powerState?: "shutoff";
    /** cloud-init's. @param ports ids of its ports */
    readonly userData?: Input<string> | ((ports: readonly Output<string>[]) => Input<string>);
    readonly opts: CustomResourceOptions;
  },
  parent: Resource,
): { instance: compute.Instance; ports: readonly networking.Port[] } {
  const ports = plan.ports.map((port) => createPort(port, place, parent));
  const given =
    typeof settings.userData === "function"
      ? settings.userData(ports.map(({ id }) => id))
      : settings.userData;
  const instance = new compute.Instance(
    plan.name,
    {
      name: plan.name,
      flavorId: place.flavorId,
      imageId: place.imageId,
      availabilityZone: plan.availabilityZone,
      configDrive: plan.configDrive,
      // Never securityGroups beside ports: the ports carry them, and both together show a change for ever
      // (terraform-provider-openstack issue 1460).
      networks: ports.map((port) => ({ port: port.id })),
      userData: given,
      powerState: settings.powerState,
      tags: place.owner.tags(plan.tags),
    },
    mergeOptions(
      {
        ...openstackPlugin,
        parent,
        // The new one needs the ports of the old one.
        deleteBeforeReplace: true,
        customTimeouts: serverTimeouts,
      },
      settings.opts,
    ),
  );
  return { instance, ports };
}

function createPort(plan: PortPlan, place: ServerPlace, parent: Resource): networking.Port {
  const network = place.networks[plan.network];
  if (!network)
    throw new Error(`Port ${plan.name} is on network "${plan.network}", which the lab was not given`);
  return new networking.Port(
    plan.name,
    {
      name: plan.name,
      description: place.owner.describe(plan.tags),
      networkId: network.networkId,
      macAddress: plan.mac,
      // Naming the subnet also makes the port wait for it: without one, a port gets no address at all.
      fixedIps: network.subnetId ? [{ subnetId: network.subnetId, ipAddress: plan.address }] : undefined,
      extraDhcpOptions: unlessEmpty(
        plan.dhcpOptions.map(({ name, value }) => ({ name, value, ipVersion: 4 })),
      ),
      allowedAddressPairs: unlessEmpty(plan.allowedAddressPairs.map((ipAddress) => ({ ipAddress }))),
      portSecurityEnabled: toAttribute(plan.portSecurity),
      // Neutron refuses port security off on a port with groups, and gives a port its default group unasked.
      noSecurityGroups: plan.portSecurity === "disabled" ? true : undefined,
      securityGroupIds: plan.securityGroup && [groupId(plan, place)],
      tags: place.owner.tags(plan.tags),
    },
    {
      ...openstackPlugin,
      parent,
      // The old and the new port cannot hold one MAC or one address at a time.
      deleteBeforeReplace: true,
      // A port cannot move to another subnet while it keeps the old one from being deleted.
      replaceOnChanges: ["fixedIps[*].subnetId"],
      // Otherwise the plan owns addresses and pairs, and always the DHCP options, and a drift is to be seen.
      ignoreChanges: plan.addressOwner === "sync" ? ["fixedIps", "allowedAddressPairs"] : undefined,
      customTimeouts: neutronTimeouts,
    },
  );
}

function groupId(plan: PortPlan, place: ServerPlace): Input<string> {
  const id = place.securityGroupIds[plan.securityGroup!];
  if (!id)
    throw new Error(
      `Port ${plan.name} has security group "${plan.securityGroup}", which the lab was not given`,
    );
  return id;
}

function unlessEmpty<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined;
}
