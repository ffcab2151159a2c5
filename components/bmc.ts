import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import type { BmcPlan } from "../plan/lab/labPlan";
import { createServer, type ServerPlace } from "./createServer";

export interface BmcArgs {
  plan: BmcPlan;
  place: ServerPlace;
  /** cloud-init's, with the agent and its secrets; see plan/guest/bmc/userData.ts. */
  userData: Input<string>;
}

/** The VM that answers for every node's baseboard management controller. */
export class Bmc extends ComponentResource {
  readonly serverId: Output<string>;

  constructor(name: string, args: BmcArgs, opts?: ComponentResourceOptions) {
    super("ovb:index:Bmc", name, {}, opts);
    // replaceOnChanges: as for the undercloud, a changed image is to be seen as what it is.
    const { instance } = createServer(
      args.plan,
      args.place,
      { userData: args.userData, opts: { replaceOnChanges: ["imageId"] } },
      this,
    );
    this.serverId = instance.id;
    this.registerOutputs({ serverId: this.serverId, address: args.plan.address });
  }
}
