import { computeZones, networkZones } from "../../openstack/availabilityZones";
import { type Flavor, listFlavors } from "../../openstack/flavors";
import { type Image, imageFormats, listImages } from "../../openstack/glance";
import {
  type Collection,
  type Collections,
  type FloatingIp,
  listNetworking,
  type Network,
  networkExtensions,
  type Port,
  type Router,
  type SecurityGroup,
  type Subnet,
} from "../../openstack/neutron";
import { computeMicroversions, listServersDetail, type Server } from "../../openstack/nova";
import { type ComputeQuotas, computeQuotas, type NetworkQuotas, networkQuotas } from "../../openstack/quotas";
import type { Session } from "../../openstack/session";
import type { LabPlan } from "../../plan/lab/labPlan";
import type { LabConfig } from "../../plan/lab/schema/configSchema";
import { labTag } from "../../plan/lab/tags";

/** On what a doctor makes for a trial, beside the lab's own tags. */
export const doctorTag = "ovb:doctor";

/** What a tenant answers. What several checks ask is asked once. */
export class TenantAnswers {
  readonly flavors = once((): Promise<Flavor[]> => listFlavors(this.session, this.signal));
  readonly images = once((): Promise<Image[]> => listImages(this.session, {}, this.signal));
  readonly imageFormats = once((): Promise<string[]> => imageFormats(this.session, this.signal));
  readonly extensions = once((): Promise<Set<string>> => networkExtensions(this.session, this.signal));
  readonly microversions = once(() => computeMicroversions(this.session, this.signal));
  readonly servers = once((): Promise<Server[]> => listServersDetail(this.session, {}, this.signal));
  readonly computeQuotas = once((): Promise<ComputeQuotas> => computeQuotas(this.session, this.signal));
  readonly networkQuotas = once((): Promise<NetworkQuotas> => networkQuotas(this.session, this.signal));
  readonly computeZones = once(() => computeZones(this.session, this.signal));
  readonly networkZones = once(() => networkZones(this.session, this.signal));
  readonly ports = once((): Promise<Port[]> => this.own("ports"));
  readonly ownNetworks = once((): Promise<Network[]> => this.own("networks"));
  readonly ownSubnets = once((): Promise<Subnet[]> => this.own("subnets"));
  readonly ownRouters = once((): Promise<Router[]> => this.own("routers"));
  readonly floatingIps = once((): Promise<FloatingIp[]> => this.own("floatingips"));
  readonly securityGroups = once((): Promise<SecurityGroup[]> => this.own("security-groups"));
  readonly networks = once((): Promise<Network[]> => this.visible("networks"));
  readonly subnets = once((): Promise<Subnet[]> => this.visible("subnets"));
  readonly routers = once((): Promise<Router[]> => this.visible("routers"));
  readonly visiblePorts = once((): Promise<Port[]> => this.visible("ports"));

  constructor(
    readonly session: Session,
    readonly signal: AbortSignal,
  ) {}

  /** The project's own of a collection, not what others share with it. */
  async own<K extends Collection>(collection: K): Promise<Collections[K][]> {
    const project_id = await this.session.projectId(this.signal);
    return listNetworking<K>(this.session, collection, { project_id }, this.signal);
  }

  /** All of a collection that the project is shown. */
  visible<K extends Collection>(collection: K): Promise<Collections[K][]> {
    return listNetworking<K>(this.session, collection, {}, this.signal);
  }
}

/** A plan, and the tenant that it is for. */
export class Tenant extends TenantAnswers {
  /** @param answers of the same tenant, where another plan for it was looked at before */
  static withAnswers(answers: TenantAnswers, { plan, config }: Pick<Tenant, "plan" | "config">): Tenant {
    return Object.assign(new Tenant(answers.session, plan, config, answers.signal), asked(answers));
  }

  constructor(
    session: Session,
    readonly plan: LabPlan,
    readonly config: LabConfig,
    signal: AbortSignal,
  ) {
    super(session, signal);
  }

  /** Whether an `up` made it, and not a doctor. */
  isOfLab = ({ tags }: { readonly tags: readonly string[] }): boolean =>
    tags.includes(labTag(this.plan.name)) && !tags.includes(doctorTag);
}

/** Everything that is asked once. */
function asked({ session: _, signal: __, ...answers }: TenantAnswers): Partial<TenantAnswers> {
  return answers;
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= ask());
}
