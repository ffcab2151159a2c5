import { ComponentResource, type ComponentResourceOptions, type Output } from "@pulumi/pulumi";
import type { NodePlan } from "../plan/lab/labPlan";
import { createServer, type ServerPlace } from "./createServer";

export interface BaremetalNodeArgs {
  plan: NodePlan;
  place: ServerPlace;
}

/** A VM that stands in for a machine: it boots from the network, and others decide when and into what. */
export class BaremetalNode extends ComponentResource {
  readonly serverId: Output<string>;
  /** Those that the plan leaves to the cloud, by the port's name. */
  readonly macs: Record<string, Output<string>>;

  constructor(name: string, args: BaremetalNodeArgs, opts?: ComponentResourceOptions) {
    super("ovb:index:BaremetalNode", name, {}, opts);
    const { instance, ports } = createServer(
      args.plan,
      args.place,
      {
        // Born powered off, as a machine in a rack: Ironic or the user powers it on through the BMC, and iPXE
        // does not burn the cloud's CPU until then.
        powerState: "shutoff",
        opts: {
          ignoreChanges: [
            "powerState", // the BMC's from birth on: a next `up` must not flip a node's power
            "imageId", // the boot strategy's: in place it is a Nova rebuild, which wipes what was deployed
            "imageName", // the same, by the name that the provider reads back
            "metadata", // the BMC agent keeps its state of the node there
          ],
        },
      },
      this,
    );
    this.serverId = instance.id;
    this.macs = Object.fromEntries(
      args.plan.ports.flatMap(({ name, mac }, i) =>
        mac === undefined ? [[name, ports[i]!.macAddress]] : [],
      ),
    );
    this.registerOutputs({ serverId: this.serverId, mac: args.plan.mac, address: args.plan.address });
  }
}
