import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  secret,
} from "@pulumi/pulumi";
import { bmcUserData } from "../plan/guest/bmc/userData";
import type { AgentCloud } from "../plan/guest/cloudVariables";
import { undercloudUserData } from "../plan/guest/undercloudUserData";
import { type LabKey, labKey, withLabKey } from "../plan/lab/labKey";
import type { ImagePlan, LabPlan, ServerPlan } from "../plan/lab/labPlan";
import type { ExtraNetworkPlan, SecurityGroupPlan } from "../plan/lab/networkPlan";
import { derivePassword } from "../plan/lab/passwords";
import { AccessNetwork } from "./accessNetwork";
import { type AgentCredential, createAgentCredential, type GivenCredential } from "./agentCredential";
import { BaremetalNode } from "./baremetalNode";
import { Bmc } from "./bmc";
import type { NetworkPlace } from "./createNetwork";
import type { ServerPlace } from "./createServer";
import { ExtraNetwork } from "./extraNetwork";
import { type ImageContent, IpxeImage } from "./ipxeImage";
import { type IronicOutput, type IronicUserData, ironicOutput, ironicUserDataOf } from "./ironicAccess";
import { LabOwner } from "./labOwner";
import { ProvisioningNetwork } from "./provisioningNetwork";
import { Undercloud } from "./undercloud";

/** Ids of what the plan names and the cloud has already, by name. */
export interface CloudIds {
  networks: Record<string, Input<string>>;
  routers: Record<string, Input<string>>;
  flavors: Record<string, Input<string>>;
  images: Record<string, Input<string>>;
  /** Name of the external network; absent: as the plan has it. */
  publicNetwork?: string;
}

/** What the BMC's VM is given beside its plan. */
export interface BmcSource {
  /** The agent as one file for Node.js. */
  agent: string;
  /** How the VM reaches the cloud. */
  cloud: AgentCloud;
  /** What the agent's credential is limited to; absent: not at all. */
  accessRules?: readonly { readonly service: string; readonly method: string; readonly path: string }[];
  /** The user's own credential; absent: one is made. */
  credential?: GivenCredential;
}

export interface VirtualBaremetalLabArgs {
  /** What the lab is. The component registers it and decides nothing. */
  plan: LabPlan;
  cloud: CloudIds;
  /** What the planned images consist of; absent for those that the cloud has already. */
  images: { disk?: ImageContent; iso?: ImageContent };
  /** Required where the plan has a BMC. */
  bmc?: BmcSource;
  /** Of the undercloud's Ironic API. Absent: derived from the lab's secret, which a lab with a BMC has. */
  ironicPassword?: Input<string>;
  /** Whose everything of it is. Absent: made here. The program makes it first, to look whether the lab's name is free. */
  owner?: LabOwner;
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

/** Where the undercloud is reached. Only `address` where it is none of the lab's. */
export interface UndercloudOutput {
  /** On the ctlplane. */
  address: string;
  floatingIp?: Output<string>;
  /** On the access network: from outside, where there is no floating IP. */
  accessAddress?: Output<string>;
}

/**
 * A lab: provisioning network, undercloud, BMC and baremetal nodes in a tenant of a public OpenStack.
 *
 * Nothing depends on a component, only on what it truly needs: what takes long, servers, is made side by side.
 * Nothing is protected: a lab is made to be torn down and rebuilt, what it holds comes from the plan, and what
 * is not its own (networks, routers and images that it refers to by name) it never manages, so cannot delete.
 */
export class VirtualBaremetalLab extends ComponentResource {
  readonly #owner: LabOwner;
  readonly undercloud: UndercloudOutput;
  /** Absent when the undercloud has none. */
  readonly ironic?: IronicOutput;
  /** Absent when the lab has none. */
  readonly bmc?: { address: string };
  /** Id of its VM, known once every node is there as well. Absent in a lab without a BMC. */
  readonly bmcServerId?: Output<string>;
  /** Of IPMI and Redfish, for all nodes; secret. Absent in a lab without a BMC. */
  readonly bmcPassword?: Output<string>;
  /** What the lab's other passwords are derived from (plan/lab/passwords.ts); secret. Absent in a lab without a BMC. */
  readonly labSecret?: Output<string>;
  /** The lab's own SSH key, which follows from that; secret. Absent in a lab without a BMC. */
  readonly key?: Output<LabKey>;
  /** By name. */
  readonly nodes: Record<string, NodeOutput>;
  /** MACs of nodes' NICs that the plan leaves to the cloud, by the port's name. */
  readonly macs: Record<string, Output<string>> = {};
  /** Id of the CD-ROM image. Absent when the lab has none. */
  readonly isoImageId?: Input<string>;
  readonly #args: VirtualBaremetalLabArgs;

  constructor(name: string, args: VirtualBaremetalLabArgs, opts?: ComponentResourceOptions) {
    super("ovb:index:VirtualBaremetalLab", name, {}, opts);
    this.#args = args;
    const { plan, owner = new LabOwner(name, { parent: this }) } = args;
    this.#owner = owner;
    const tags = [...plan.tags];
    const diskImageId = this.#image(`${name}-ipxe-disk`, plan.images.disk, args.images.disk);
    if (plan.images.iso) this.isoImageId = this.#image(`${name}-ipxe-iso`, plan.images.iso, args.images.iso);

    const groups = new Map(plan.securityGroups.map((group) => [group.key, group]));
    const ctlplane = new ProvisioningNetwork(
      plan.ctlplane.name,
      { plan: plan.ctlplane, owner, securityGroup: groups.get("ctlplane"), tags },
      { parent: this },
    );
    const access = this.#access(groups.get("access"), ctlplane);
    const networks: Record<string, NetworkPlace> = {
      ctlplane: { networkId: ctlplane.networkId, subnetId: ctlplane.subnetId },
      access: access.place,
      ...Object.fromEntries(plan.networks.map((network) => [network.key, this.#extraNetwork(network)])),
    };
    const securityGroupIds = {
      ...(access.securityGroupId && { access: access.securityGroupId }),
      ...(ctlplane.securityGroupId && { ctlplane: ctlplane.securityGroupId }),
    };
    const place = (server: ServerPlan): ServerPlace => ({
      owner,
      networks,
      securityGroupIds,
      flavorId: idOf(args.cloud.flavors, "flavor", server.flavor),
      imageId: server.image ? idOf(args.cloud.images, "image", server.image) : diskImageId,
    });

    const credential = plan.bmc && this.#credential(plan.bmc.name);
    this.labSecret = credential?.labSecret;
    this.key = this.labSecret?.apply((text) => labKey(text, plan.name));
    const ironicPassword = this.#ironicPassword();
    const undercloud =
      plan.undercloud &&
      new Undercloud(
        plan.undercloud.name,
        {
          plan: plan.undercloud,
          place: place(plan.undercloud),
          publicNetwork: args.cloud.publicNetwork ?? plan.publicNetwork,
          accessInterface: access.routerInterface,
          userData: this.#undercloudUserData(ironicPassword),
        },
        { parent: this },
      );
    const { floatingIp, accessAddress } = undercloud ?? {};
    if (ironicPassword && accessAddress)
      this.ironic = ironicOutput(plan, ironicPassword, this.key, floatingIp ?? accessAddress);
    this.undercloud = { address: plan.ctlplane.server, floatingIp, accessAddress };
    let bmcServerId: Output<string> | undefined;
    if (plan.bmc && credential) {
      const password = credential.labSecret.apply((text) => derivePassword(text, "bmc"));
      const userData = this.#bmcUserData(credential, password);
      const bmc = new Bmc(
        plan.bmc.name,
        { plan: plan.bmc, place: place(plan.bmc), userData },
        { parent: this },
      );
      bmcServerId = bmc.serverId;
      this.bmc = { address: plan.bmc.address };
      this.bmcPassword = password;
    }
    this.nodes = Object.fromEntries(
      plan.nodes.map((node) => {
        const { serverId, macs } = new BaremetalNode(
          node.name,
          { plan: node, place: place(node) },
          { parent: this },
        );
        Object.assign(this.macs, macs);
        const bmc = node.ipmiAddress ? { address: node.ipmiAddress, port: node.ipmiPort } : undefined;
        return [node.name, { id: serverId, mac: node.mac, bmc, redfishSystemId: node.key }];
      }),
    );
    if (bmcServerId) {
      const nodeIds = Object.values(this.nodes).map(({ id }) => id);
      this.bmcServerId = all([bmcServerId, ...nodeIds]).apply(([id]) => id!);
    }
    this.registerOutputs({ undercloud: this.undercloud, bmc: this.bmc, nodes: this.nodes });
  }

  get #bmcSource(): BmcSource {
    const { plan, bmc } = this.#args;
    if (!bmc) throw new Error(`The plan of ${plan.name} has a BMC, and the lab was not given its agent`);
    return bmc;
  }

  #credential(name: string): AgentCredential {
    const { credential: given, accessRules } = this.#bmcSource;
    return createAgentCredential(
      name,
      { lab: this.#args.plan.name, owner: this.#owner, given, accessRules },
      this,
    );
  }

  #bmcUserData({ id, secret: text }: AgentCredential, password: Output<string>): Output<string> {
    const { agent, cloud } = this.#bmcSource;
    const secrets = all([id, text, password, this.key!]);
    return secret(
      secrets.apply(([credentialId, credentialSecret, bmcPassword, { publicKey }]) =>
        bmcUserData(withLabKey(this.#args.plan, publicKey), {
          ...{ agent, cloud, password: bmcPassword },
          credential: { id: credentialId, secret: credentialSecret },
        }),
      ),
    );
  }

  /** A secret, but for the boot server's: it has Ironic's, and what a user writes into user data is often a password. */
  #undercloudUserData(ironicPassword: Input<string> | undefined): Input<string> | IronicUserData {
    const { plan } = this.#args;
    if (ironicPassword) return ironicUserDataOf(plan, ironicPassword, this.key);
    const text = undercloudUserData(plan)!;
    return plan.undercloud!.custom ? secret(text) : text;
  }

  /** The password is the user's, or derived from the lab's secret. */
  #ironicPassword(): Input<string> | undefined {
    const { ironicPassword, plan } = this.#args;
    if (!plan.undercloud?.ironic) return undefined;
    const password = ironicPassword ?? this.labSecret?.apply((text) => derivePassword(text, "ironic"));
    if (!password)
      throw new Error(`${plan.undercloud.name} has Ironic, and the lab was not given its password`);
    return password;
  }

  #image(name: string, plan: ImagePlan, content: ImageContent | undefined): Input<string> {
    if (plan.kind === "existing") return idOf(this.#args.cloud.images, "image", plan.name);
    if (!content)
      throw new Error(`Image ${plan.name} is to be uploaded, and the lab was not given its content`);
    const args = { imageName: plan.name, content, owner: this.#owner, tags: [...this.#args.plan.tags] };
    return new IpxeImage(name, args, { parent: this }).imageId;
  }

  #access(securityGroup: SecurityGroupPlan | undefined, ctlplane: ProvisioningNetwork): AccessNetwork {
    const { plan, cloud } = this.#args;
    const { name, access, router } = plan;
    return new AccessNetwork(
      `${name}-access`,
      {
        lab: name,
        owner: this.#owner,
        plan: access,
        networkId: access.kind === "existing" ? idOf(cloud.networks, "network", access.name) : undefined,
        securityGroup,
        router: router && {
          plan: router,
          id: router.kind === "existing" ? idOf(cloud.routers, "router", router.name) : undefined,
          externalNetworkId:
            router.kind === "create" ? idOf(cloud.networks, "network", plan.publicNetwork) : undefined,
          ctlplane: { networkId: ctlplane.networkId, subnetId: ctlplane.subnetId },
        },
        tags: [...plan.tags],
      },
      { parent: this },
    );
  }

  #extraNetwork(plan: ExtraNetworkPlan): NetworkPlace {
    if (plan.kind === "existing") {
      return { networkId: idOf(this.#args.cloud.networks, "network", plan.name) };
    }
    const args = { plan, owner: this.#owner, tags: [...this.#args.plan.tags] };
    return new ExtraNetwork(plan.name, args, { parent: this }).place;
  }
}

function idOf(ids: Record<string, Input<string>>, kind: string, name: string): Input<string> {
  const id = Object.hasOwn(ids, name) ? ids[name] : undefined;
  if (id === undefined) throw new Error(`The plan names ${kind} "${name}", and the lab was not given its id`);
  return id;
}
