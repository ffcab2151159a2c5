import { ComponentResource, type ComponentResourceOptions, type Output, output } from "@pulumi/pulumi";
import type { CtlplanePlan, SecurityGroupPlan } from "../plan/lab/networkPlan";
import { createNetwork } from "./createNetwork";
import { createSecurityGroup } from "./createSecurityGroup";
import type { LabOwner } from "./labOwner";

export interface ProvisioningNetworkArgs {
  /** Network, subnet, MTU and host routes. */
  plan: CtlplanePlan;
  owner: LabOwner;
  /** Group of the ports on it. Absent where port security is off: nothing would enforce it. */
  securityGroup?: SecurityGroupPlan;
  /** Tags of everything that takes tags. */
  tags: string[];
}

/** The ctlplane: the network that nodes boot from, with the planned MTU, and the host route to the undercloud. */
export class ProvisioningNetwork extends ComponentResource {
  readonly networkId: Output<string>;
  readonly subnetId: Output<string>;
  /** Absent without a security group in the args. */
  readonly securityGroupId?: Output<string>;

  constructor(name: string, args: ProvisioningNetworkArgs, opts?: ComponentResourceOptions) {
    super("ovb:index:ProvisioningNetwork", name, {}, opts);
    // Side by side with the network: ports need both.
    if (args.securityGroup)
      this.securityGroupId = createSecurityGroup(args.securityGroup, args.owner, args.tags, this);
    const { networkId, subnetId } = createNetwork(args.plan, args.owner, args.tags, this);
    this.networkId = output(networkId);
    this.subnetId = output(subnetId);
    this.registerOutputs({
      networkId: this.networkId,
      subnetId: this.subnetId,
      securityGroupId: this.securityGroupId,
    });
  }
}
