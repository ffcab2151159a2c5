import { createHash, randomUUID } from "node:crypto";
import { undercloudUserData } from "../../plan/guest/undercloudUserData";
import type { LabPlan, PortPlan, ServerPlan } from "../../plan/lab/labPlan";
import { tokens } from "../../plan/review/resource";
import type { Resource } from "../../tenant/inventory";
import { nameOf, ownerType } from "../stack/stateFile";
import type { CloudParts, PortFacts } from "./cloudParts";

type Properties = Readonly<Record<string, unknown>>;

/** Of `pulumi stack export`; a few keys of many. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly custom?: boolean;
  readonly id?: string;
  readonly inputs?: Properties;
  readonly outputs?: Properties;
  readonly parent?: string;
  readonly provider?: string;
}

export interface ExportedState {
  readonly deployment: { readonly resources?: readonly StateResource[] };
}

/** What is true of the lab, and the state cannot have from the import. */
export interface Facts {
  readonly plan: LabPlan;
  readonly tenant: readonly Resource[];
  readonly parts: CloudParts;
  /** The program's arguments, by URN. */
  readonly inputs: ReadonlyMap<string, Properties>;
}

const builtinProvider = "pulumi:providers:pulumi";

/**
 * By which a provider of a new bridge (pulumi-terraform-bridge 3.127) finds Terraform's own state in the outputs. It fits these outputs and no
 * others; without it the provider derives that state from them, as from those that an older one wrote.
 */
const rawStateDelta = "__pulumi_raw_state_delta";

/**
 * The state after an import, with what the provider does not read back, from what the cloud has: a port's addresses, a
 * server's ports and config drive, the tags; so that the next update finds nothing to replace unless the plan truly differs.
 * And with what cannot be imported, the owner's mark. Pure but for the ids.
 * @param newId makes a UUID of version 4
 */
export function completeState<T extends ExportedState>(state: T, facts: Facts, newId = randomUUID): T {
  const resources = (state.deployment.resources ?? []).map((one) => {
    const more = one.id === undefined ? undefined : fillIn(one, facts);
    if (!more) return one;
    const { [rawStateDelta]: _, ...outputs } = one.outputs ?? {};
    return { ...one, inputs: { ...one.inputs, ...more.inputs }, outputs: { ...outputs, ...more.outputs } };
  });
  const owned = resources.some(({ type }) => type === ownerType)
    ? resources
    : withOwner(resources, facts.plan.name, newId);
  return { ...state, deployment: { ...state.deployment, resources: owned } };
}

interface Filling {
  readonly inputs?: Properties;
  readonly outputs: Properties;
}

function fillIn(resource: StateResource, facts: Facts): Filling | undefined {
  const { plan, tenant } = facts;
  const servers: ServerPlan[] = [plan.undercloud, plan.bmc, ...plan.nodes].filter((one) => one !== undefined);
  const name = nameOf(resource);
  // An update takes away from the cloud's tags what the state has, and adds what the plan has.
  const tags = tenant
    .find(({ id }) => id === resource.id && resource.type !== tokens["router interface"])
    ?.tags.filter((tag) => /^ovb(:|$)/.test(tag) || plan.tags.includes(tag));
  const tagged = tags && tags.length > 0 ? { tags } : {};
  switch (resource.type) {
    case tokens.network:
    case tokens.subnet:
    case tokens.router:
    case tokens["security group"]:
    case tokens["floating IP"]:
      return { inputs: tagged, outputs: tagged };
    case tokens.port: {
      const { ctlplanePort } = plan.router ?? {};
      const router = ctlplanePort && { ...ctlplanePort, network: "ctlplane" };
      const planned = servers.flatMap(({ ports }) => ports);
      const port = [...planned, ...(router ? [router] : [])].find((one) => one.name === name);
      const found = facts.parts.ports.find(({ id }) => id === resource.id);
      const groups = port !== undefined && port === router ? { noSecurityGroups: true } : {};
      return (
        port &&
        found && {
          inputs: { ...tagged, ...groups },
          outputs: { ...tagged, ...groups, ...addresses(port, found, facts) },
        }
      );
    }
    case tokens.server: {
      const server = servers.find((one) => one.name === name);
      return server && fillServer(server, resource, tagged, facts);
    }
    case tokens.image: {
      // Where the content came from is nowhere on the cloud. It stays the one that the nodes were made of.
      const { localFilePath, imageSourceUrl, imageCachePath } = facts.inputs.get(resource.urn) ?? {};
      const source = { localFilePath, imageSourceUrl, imageCachePath };
      return { inputs: source, outputs: source };
    }
    default:
      return undefined;
  }
}

/** None on a network of others, where the plan asks for none. An address that the plan leaves to the cloud is not asked for. */
function addresses(
  port: Pick<PortPlan, "network" | "address">,
  found: PortFacts,
  { plan }: Facts,
): Properties {
  const network = [
    { key: "access", ...plan.access },
    { key: "ctlplane", ...plan.ctlplane },
    ...plan.networks,
  ].find(({ key }) => key === port.network);
  if (!network || !("subnet" in network)) return {};
  return {
    fixedIps: found.fixed_ips.map(({ subnet_id, ip_address }) => ({
      subnetId: subnet_id,
      ipAddress: port.address === undefined ? "" : ip_address,
    })),
  };
}

/** Its NICs in the plan's order; one that is not attached is missing, and then the next update would replace the server. */
function fillServer(
  server: ServerPlan,
  { id, outputs }: StateResource,
  tagged: Properties,
  { plan, parts, tenant }: Facts,
): Filling {
  const idOf = ({ name }: PortPlan) =>
    tenant.find((one) => one.kind === "port" && one.name === name && one.deviceId === id)?.id;
  const ports = server.ports.flatMap((port) => {
    const found = parts.ports.find((one) => one.id === idOf(port));
    return found ? [found] : [];
  });
  const known = (outputs?.networks ?? []) as readonly Properties[];
  const networks = ports.map((port) => ({
    ...known.find(({ mac }) => mac === port.mac_address),
    port: port.id,
    uuid: port.network_id,
    mac: port.mac_address,
    accessNetwork: false,
  }));
  // No API shows it to a tenant: it is taken to be the configuration's, as cloud-init has done with it.
  // Ironic's holds secrets, and such a VM is made anew.
  const isOpen = server === plan.undercloud && !plan.undercloud.ironic;
  const userData = isOpen ? undercloudUserData(plan) : undefined;
  const configDrive = parts.configDrives.has(id!);
  const settings = { configDrive, forceDelete: false, stopBeforeDestroy: false };
  return {
    inputs: {
      ...tagged,
      ...settings,
      networks: ports.map((port) => ({ port: port.id })),
      // A node's power is its BMC's from birth on.
      ...(server !== plan.undercloud && { powerState: "shutoff" }),
      ...(userData !== undefined && { userData: secretOf(userData) }),
    },
    outputs: {
      ...tagged,
      ...settings,
      networks,
      // The provider keeps its digest (user_data of resource_openstack_compute_instance_v2.go).
      ...(userData !== undefined && { userData: secretOf(sha1(userData)) }),
    },
  };
}

/** For `pulumi stack import`, which encrypts it. A user's user data may hold a password. */
function secretOf(text: string): Properties {
  const [key, signature] = ["4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"];
  return { [key]: signature, plaintext: JSON.stringify(text) };
}

function sha1(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}

/** The Stash of components/labOwner.ts as the engine writes it, and the provider that the engine itself is. */
function withOwner(
  resources: readonly StateResource[],
  lab: string,
  newId: () => string,
): readonly StateResource[] {
  const stack = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  if (!stack) throw new Error("The import left no stack in the state: run the command again.");
  // urn:pulumi:STACK::PROJECT::TYPE::NAME
  const [prefix, project] = stack.urn.split("::");
  const name = prefix!.slice("urn:pulumi:".length);
  const made = {
    urn: `${prefix}::${project}::${builtinProvider}::default`,
    custom: true,
    id: newId(),
    type: builtinProvider,
  };
  const provider = resources.find(({ type }) => type === builtinProvider) ?? made;
  const owner = {
    urn: `${prefix}::${project}::${ownerType}::${lab}-owner`,
    custom: true,
    id: newId(),
    type: ownerType,
    inputs: { input: name },
    outputs: { input: name, output: name },
    parent: stack.urn,
    provider: `${provider.urn}::${provider.id}`,
  };
  // In the order of who needs whom.
  const others = resources.filter((one) => one !== stack && one !== provider);
  return [stack, provider, owner, ...others];
}
