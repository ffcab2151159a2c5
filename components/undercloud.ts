import { isIPv4 } from "node:net";
import { networking } from "@pulumi/openstack";
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from "@pulumi/pulumi";
import { openstackPlugin } from "../openstack/plugin";
import type { UndercloudPlan } from "../plan/lab/labPlan";
import { createServer, type ServerPlace } from "./createServer";
import { type IronicUserData, keepUserData } from "./ironicAccess";
import { neutronTimeouts } from "./timeouts";

export interface UndercloudArgs {
  plan: UndercloudPlan;
  place: ServerPlace;
  /** Where its floating IP comes from, by name. */
  publicNetwork: string;
  /** The router's interface on the access network: Neutron refuses to associate a floating IP before it is there. */
  accessInterface?: Input<Resource>;
  /** cloud-init's, see plan/guest/undercloudUserData.ts; of one with Ironic, what of it no running undercloud can be told. */
  userData: Input<string> | IronicUserData;
}

/** The VM that the nodes boot from, with the planned address, address pairs and, when planned, a floating IP. */
export class Undercloud extends ComponentResource {
  readonly serverId: Output<string>;
  /** Absent when none is planned. */
  readonly floatingIp?: Output<string>;
  /** On the access network, IPv4: where it is reached on clouds without floating IPs. */
  readonly accessAddress: Output<string>;

  constructor(name: string, args: UndercloudArgs, opts?: ComponentResourceOptions) {
    super("ovb:index:Undercloud", name, {}, opts);
    const { plan, userData } = args;
    const { instance, ports } = createServer(
      plan,
      args.place,
      // The provider would answer a changed image with a Nova rebuild, which wipes the disk and is called an
      // "update" in the preview. A replacement says what it is.
      {
        userData: isIronic(userData)
          ? (ports) => keepUserData(plan.name, userData, [args.place.imageId, ...ports], this)
          : userData,
        opts: { replaceOnChanges: ["imageId"] },
      },
      this,
    );
    this.serverId = instance.id;
    const outer = ports[plan.ports.findIndex(({ network }) => network === "access")]!;
    this.accessAddress = outer.allFixedIps.apply((all) => all.find(isIPv4) ?? plan.address);
    if (plan.floatingIp) {
      const floatingIp = new networking.FloatingIp(
        name,
        {
          pool: args.publicNetwork,
          description: args.place.owner.describe(plan.tags, name),
          tags: args.place.owner.tags(plan.tags),
        },
        { ...openstackPlugin, parent: this, customTimeouts: neutronTimeouts },
      );
      new networking.FloatingIpAssociate(
        name,
        {
          floatingIp: floatingIp.address,
          portId: outer.id,
        },
        {
          ...openstackPlugin,
          parent: this,
          dependsOn: args.accessInterface && [args.accessInterface],
          // Deleting a floating IP ends its association.
          deletedWith: floatingIp,
          deleteBeforeReplace: true,
        },
      );
      this.floatingIp = floatingIp.address;
    }
    const { serverId, floatingIp, accessAddress } = this;
    this.registerOutputs({ serverId, address: plan.address, floatingIp, accessAddress });
  }
}

function isIronic(userData: UndercloudArgs["userData"]): userData is IronicUserData {
  return typeof userData === "object" && "fixed" in userData;
}
