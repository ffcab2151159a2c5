import { networking } from "@pulumi/openstack";
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import { openstackPlugin } from "../openstack/plugin";
import type { AccessPlan, RouterPlan, RouterPortPlan, SecurityGroupPlan } from "../plan/lab/networkPlan";
import { createNetwork, type NetworkPlace } from "./createNetwork";
import { createSecurityGroup } from "./createSecurityGroup";
import type { LabOwner } from "./labOwner";
import { neutronTimeouts } from "./timeouts";

export interface AccessNetworkArgs {
  /** The lab's name. */
  lab: string;
  owner: LabOwner;
  plan: AccessPlan;
  /** Id of the network when it is one of others. */
  networkId?: Input<string>;
  /** Group of the ports on it. Absent when there are none. */
  securityGroup?: SecurityGroupPlan;
  /** Absent: nothing of the lab is routed. */
  router?: {
    plan: RouterPlan;
    /** Id of the router when it is one of others. */
    id?: Input<string>;
    /** Where a created router's gateway is. */
    externalNetworkId?: Input<string>;
    /** The other network that it may serve. */
    ctlplane: { networkId: Input<string>; subnetId: Input<string> };
  };
  /** Tags of everything that takes tags. */
  tags: string[];
}

/**
 * The way out: the network of the outer NICs, and the router that joins it and the ctlplane to the world.
 */
export class AccessNetwork extends ComponentResource {
  readonly place: NetworkPlace;
  /** Absent without a security group in the args. */
  readonly securityGroupId?: Output<string>;
  /** The router's interface on this network. Absent when the network is one of others. */
  readonly routerInterface?: networking.RouterInterface;
  readonly #args: AccessNetworkArgs;

  constructor(name: string, args: AccessNetworkArgs, opts?: ComponentResourceOptions) {
    super("ovb:index:AccessNetwork", name, {}, opts);
    this.#args = args;
    const { plan, networkId, securityGroup, router, owner, tags } = args;
    if (securityGroup) this.securityGroupId = createSecurityGroup(securityGroup, owner, tags, this);
    if (plan.kind === "create") this.place = createNetwork(plan, owner, tags, this);
    else if (networkId) this.place = { networkId };
    else throw new Error(`Access network "${plan.name}" exists already, and its id was not given`);
    if (router) this.routerInterface = this.#connect(router);
    this.registerOutputs({ ...this.place, securityGroupId: this.securityGroupId });
  }

  /** The router and its interfaces, one after the other: the provider locks the router while it adds one, and not while it removes one. */
  #connect({
    plan,
    id,
    externalNetworkId,
    ctlplane,
  }: NonNullable<AccessNetworkArgs["router"]>): networking.RouterInterface | undefined {
    const routerId =
      plan.kind === "existing"
        ? id
        : new networking.Router(
            plan.name,
            {
              name: plan.name,
              description: this.#args.owner.describe(this.#args.tags),
              externalNetworkId,
              availabilityZoneHints: plan.availabilityZones && [...plan.availabilityZones],
              tags: this.#args.owner.tags(this.#args.tags),
            },
            { ...openstackPlugin, parent: this, customTimeouts: neutronTimeouts },
          ).id;
    if (!routerId) throw new Error(`Router "${plan.name}" exists already, and its id was not given`);
    const interfaces = new Map<string, networking.RouterInterface>();
    for (const key of plan.interfaces) {
      const { subnetId } = this.place;
      const port = plan.ctlplanePort;
      const at =
        key === "access" ? { subnetId } : { portId: port && this.#routerPort(port, ctlplane, routerId).id };
      if (!at.subnetId && !at.portId)
        throw new Error(`Router ${plan.name} is to serve "${key}", whose subnet or port was not given`);
      const previous = [...interfaces.values()].at(-1);
      interfaces.set(
        key,
        new networking.RouterInterface(
          `${this.#args.lab}-router-${key}`,
          { routerId, ...at },
          {
            ...openstackPlugin,
            parent: this,
            dependsOn: previous && [previous],
            // Neither a subnet nor a port can be on two routers, so the old interface has to go before the new one comes.
            deleteBeforeReplace: true,
            // No deletedWith: Neutron deletes neither a router nor a subnet that has an interface.
            customTimeouts: neutronTimeouts,
          },
        ),
      );
    }
    return interfaces.get("access");
  }

  /** An address of its own, as the subnet names no gateway. */
  #routerPort(
    { name, address, tags }: RouterPortPlan,
    { networkId, subnetId }: { networkId: Input<string>; subnetId: Input<string> },
    routerId: Input<string>,
  ): networking.Port {
    const { owner } = this.#args;
    return new networking.Port(
      name,
      {
        name,
        description: owner.describe(tags),
        networkId,
        fixedIps: [{ subnetId, ipAddress: address }],
        noSecurityGroups: true,
        tags: owner.tags(tags),
      },
      {
        ...openstackPlugin,
        parent: this,
        // The old and the new port cannot hold one address at a time.
        deleteBeforeReplace: true,
        replaceOnChanges: ["fixedIps[*].subnetId"],
        // Neutron deletes the port with the router's interface: for another router it takes another port.
        replacementTrigger: routerId,
        customTimeouts: neutronTimeouts,
      },
    );
  }
}
