import { networking } from "@pulumi/openstack";
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import type { ImagePlan, LabPlan, ServerPlan } from "../plan/labPlan";
import { BaremetalNode } from "./baremetalNode";
import { Bmc } from "./bmc";
import { createNetwork, type NetworkPlace } from "./createNetwork";
import { createSecurityGroup } from "./createSecurityGroup";
import type { ServerPlace } from "./createServer";
import { type ImageContent, IpxeImage } from "./ipxeImage";
import { ProvisioningNetwork } from "./provisioningNetwork";
import { neutronTimeouts } from "./timeouts";
import { Undercloud } from "./undercloud";

/** Ids of what the plan names and the cloud has already, by name. */
export interface CloudIds {
  networks: Record<string, Input<string>>;
  routers: Record<string, Input<string>>;
  flavors: Record<string, Input<string>>;
  images: Record<string, Input<string>>;
}

export interface VirtualBaremetalLabArgs {
  /** What the lab is. The component registers it and decides nothing. */
  plan: LabPlan;
  cloud: CloudIds;
  /** What the planned images consist of; absent for those that the cloud has already. */
  images: { disk?: ImageContent; iso?: ImageContent };
}

/** A node as the stack's outputs show it. */
export interface NodeOutput {
  /** The server's id. */
  id: Output<string>;
  mac: string;
  /** Where its IPMI answers. Absent in a lab without a BMC. */
  bmc?: { address: string; port: number };
  redfishSystemId: string;
}

/**
 * A lab: provisioning network, undercloud, BMC and baremetal nodes in a tenant of a public OpenStack.
 *
 * The provider waits 5 seconds for each network, subnet, port, router and floating IP and 10 for each server,
 * so what costs is the depth of the graph: nothing depends on a component, only on what it truly needs.
 * Nothing is protected: a lab is made to be torn down and rebuilt, what it holds comes from the plan, and what
 * is not its own (networks, routers and images that it refers to by name) it never manages, so cannot delete.
 */
export class VirtualBaremetalLab extends ComponentResource {
  readonly undercloud: { address: string; floatingIp?: Output<string> };
  /** Absent when the lab has none. */
  readonly bmc?: { address: string };
  /** By name. */
  readonly nodes: Record<string, NodeOutput>;
  /** Id of the CD-ROM image. Absent when the lab has none. */
  readonly isoImageId?: Input<string>;

  constructor(
    name: string,
    private readonly args: VirtualBaremetalLabArgs,
    opts?: ComponentResourceOptions,
  ) {
    super("ovb:index:VirtualBaremetalLab", name, {}, opts);
    const { plan } = args;
    const tags = [...plan.tags];
    const diskImageId = this.image(`${name}-ipxe-disk`, plan.images.disk, args.images.disk);
    if (plan.images.iso) this.isoImageId = this.image(`${name}-ipxe-iso`, plan.images.iso, args.images.iso);

    const groups = new Map(plan.securityGroups.map((group) => [group.key, group]));
    const access = groups.get("access");
    const ctlplane = new ProvisioningNetwork(
      plan.ctlplane.name,
      { plan: plan.ctlplane, securityGroup: groups.get("ctlplane"), tags },
      { parent: this },
    );
    const networks: Record<string, NetworkPlace> = {
      ctlplane: { networkId: ctlplane.networkId, subnetId: ctlplane.subnetId },
      access: this.network(plan.access),
      ...Object.fromEntries(plan.networks.map((network) => [network.key, this.network(network)])),
    };
    const interfaces = this.connect(networks);
    const securityGroupIds = {
      ...(access && { access: createSecurityGroup(access, tags, this) }),
      ...(ctlplane.securityGroupId && { ctlplane: ctlplane.securityGroupId }),
    };
    const place = (server: ServerPlan): ServerPlace => ({
      networks,
      securityGroupIds,
      flavorId: idOf(args.cloud.flavors, "flavor", server.flavor),
      imageId: server.image ? idOf(args.cloud.images, "image", server.image) : diskImageId,
    });

    const undercloud = new Undercloud(
      plan.undercloud.name,
      {
        plan: plan.undercloud,
        place: place(plan.undercloud),
        publicNetwork: plan.publicNetwork,
        accessInterface: interfaces.get("access"),
      },
      { parent: this },
    );
    this.undercloud = { address: plan.undercloud.address, floatingIp: undercloud.floatingIp };
    if (plan.bmc) {
      new Bmc(plan.bmc.name, { plan: plan.bmc, place: place(plan.bmc) }, { parent: this });
      this.bmc = { address: plan.bmc.address };
    }
    this.nodes = Object.fromEntries(
      plan.nodes.map((node) => {
        const { serverId } = new BaremetalNode(
          node.name,
          { plan: node, place: place(node) },
          { parent: this },
        );
        const bmc = this.bmc && { address: this.bmc.address, port: node.ipmiPort };
        return [node.name, { id: serverId, mac: node.mac, bmc, redfishSystemId: node.key }];
      }),
    );
    this.registerOutputs({ undercloud: this.undercloud, bmc: this.bmc, nodes: this.nodes });
  }

  private image(name: string, plan: ImagePlan, content: ImageContent | undefined): Input<string> {
    if (plan.kind === "existing") return idOf(this.args.cloud.images, "image", plan.name);
    if (!content)
      throw new Error(`Image ${plan.name} is to be uploaded, and the lab was not given its content`);
    const args = { imageName: plan.name, content, tags: [...this.args.plan.tags] };
    return new IpxeImage(name, args, { parent: this }).imageId;
  }

  private network(plan: LabPlan["access"] | LabPlan["networks"][number]): NetworkPlace {
    return plan.kind === "create"
      ? createNetwork(plan, this.args.plan.tags, this)
      : { networkId: idOf(this.args.cloud.networks, "network", plan.name) };
  }

  /** The router and its interfaces, one after the other: provider 3.15.2 has no lock on the router they change. */
  private connect(networks: Record<string, NetworkPlace>): Map<string, networking.RouterInterface> {
    const interfaces = new Map<string, networking.RouterInterface>();
    const { router: plan, publicNetwork, name, tags } = this.args.plan;
    if (!plan) return interfaces;
    const routerId =
      plan.kind === "existing"
        ? idOf(this.args.cloud.routers, "router", plan.name)
        : new networking.Router(
            plan.name,
            {
              name: plan.name,
              externalNetworkId: idOf(this.args.cloud.networks, "network", publicNetwork),
              tags: [...tags],
            },
            { parent: this, customTimeouts: neutronTimeouts },
          ).id;
    for (const key of plan.interfaces) {
      const previous = [...interfaces.values()].at(-1);
      interfaces.set(
        key,
        new networking.RouterInterface(
          `${name}-router-${key}`,
          { routerId, subnetId: networks[key]!.subnetId },
          {
            parent: this,
            dependsOn: previous && [previous],
            // A subnet has one gateway address, so the old interface has to go before the new one comes.
            deleteBeforeReplace: true,
            // No deletedWith: Neutron deletes neither a router nor a subnet that has an interface.
            customTimeouts: neutronTimeouts,
          },
        ),
      );
    }
    return interfaces;
  }
}

function idOf(ids: Record<string, Input<string>>, kind: string, name: string): Input<string> {
  const id = Object.hasOwn(ids, name) ? ids[name] : undefined;
  if (id === undefined) throw new Error(`The plan names ${kind} "${name}", and the lab was not given its id`);
  return id;
}
