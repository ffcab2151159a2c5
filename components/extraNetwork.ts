import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import type { CreatedNetwork } from "../plan/lab/networkPlan";
import { createNetwork, type NetworkPlace } from "./createNetwork";
import type { LabOwner } from "./labOwner";

export interface ExtraNetworkArgs {
  plan: CreatedNetwork;
  owner: LabOwner;
  /** Tags of everything that takes tags. */
  tags: string[];
}

/** A network for more NICs of the nodes. */
export class ExtraNetwork extends ComponentResource {
  readonly place: NetworkPlace;

  constructor(name: string, args: ExtraNetworkArgs, opts?: ComponentResourceOptions) {
    super("ovb:index:ExtraNetwork", name, {}, opts);
    this.place = createNetwork(args.plan, args.owner, args.tags, this);
    this.registerOutputs({ ...this.place });
  }
}
