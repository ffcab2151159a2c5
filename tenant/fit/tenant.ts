import { type Flavor, listFlavors } from "../../openstack/flavors";
import { type Image, listImages } from "../../openstack/glance";
import {
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
import type { Session } from "../../openstack/session";
import type { LabPlan } from "../../plan/lab/labPlan";
import type { LabConfig } from "../../plan/lab/schema/configSchema";
import { labTag } from "../../plan/lab/tags";
import { applicationCredentials, inventoryOf, type Resource } from "../inventory";

/** On what a doctor makes for a trial, beside the lab's own tags. */
export const doctorTag = "ovb:doctor";

/** A plan, and the tenant that it is for. What several checks ask is asked once. */
export class Tenant {
  readonly flavors = once((): Promise<Flavor[]> => listFlavors(this.session, this.signal));
  readonly images = once((): Promise<Image[]> => listImages(this.session, {}, this.signal));
  readonly extensions = once((): Promise<Set<string>> => networkExtensions(this.session, this.signal));
  readonly microversions = once(() => computeMicroversions(this.session, this.signal));
  readonly servers = once((): Promise<Server[]> => listServersDetail(this.session, {}, this.signal));
  readonly ports = once((): Promise<Port[]> => this.own("ports"));
  readonly networks = once((): Promise<Network[]> => this.#visible("networks"));
  readonly subnets = once((): Promise<Subnet[]> => this.#visible("subnets"));
  readonly routers = once((): Promise<Router[]> => this.#visible("routers"));
  readonly securityGroups = once((): Promise<SecurityGroup[]> => this.own("security-groups"));
  readonly floatingIps = once((): Promise<FloatingIp[]> => this.own("floatingips"));
  /** Others' too, on networks that the project is shown. */
  readonly visiblePorts = once((): Promise<Port[]> => this.#visible("ports"));
  /** Everything of the project that a lab may consist of: what `tenantInventory` gives. */
  readonly inventory = once(async (): Promise<Resource[]> => {
    const [servers, images, credentials, networks, subnets, ports, routers, floatingips, securityGroups] =
      await Promise.all([
        ...([this.servers(), this.images(), applicationCredentials(this.session, this.signal)] as const),
        ...([this.networks(), this.subnets(), this.ports(), this.routers()] as const),
        ...([this.floatingIps(), this.securityGroups()] as const),
      ]);
    const networking = { networks, subnets, ports, routers, floatingips, securityGroups };
    const project = await this.session.projectId(this.signal);
    return inventoryOf(project, { servers, images, credentials, ...networking });
  });

  constructor(
    readonly session: Session,
    readonly plan: LabPlan,
    readonly config: LabConfig,
    readonly signal: AbortSignal,
  ) {}

  /** The project's own of a collection as it is now, not what others share with it. */
  async own<K extends Parameters<typeof listNetworking>[1]>(collection: K) {
    const project_id = await this.session.projectId(this.signal);
    return listNetworking<K>(this.session, collection, { project_id }, this.signal);
  }

  /** All of a collection that the project is shown. */
  #visible<K extends Parameters<typeof listNetworking>[1]>(collection: K) {
    return listNetworking<K>(this.session, collection, {}, this.signal);
  }

  /** Whether an `up` made it, and not a doctor. */
  isOfLab = ({ tags }: { readonly tags: readonly string[] }): boolean =>
    tags.includes(labTag(this.plan.name)) && !tags.includes(doctorTag);
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= ask());
}
