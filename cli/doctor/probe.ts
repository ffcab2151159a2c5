import { hasStatus } from "../../openstack/error";
import {
  type Collection,
  createNetworking,
  deleteNetworking,
  listNetworking,
  setTags,
} from "../../openstack/neutron";
import type { Session } from "../../openstack/session";
import type { LabPlan } from "../../plan/labPlan";

/**
 * Things made for a trial and removed again. They are known by their name together with their description, which
 * Neutron takes in the very request that makes them: a doctor killed right after it leaves nothing that the next
 * doctor of the same lab would not find. Floating IPs have no name.
 */
export class Probe {
  readonly name: string;
  private readonly description: string;

  constructor(
    private readonly session: Session,
    private readonly plan: LabPlan,
  ) {
    this.name = `${plan.name}-doctor`;
    this.description = `ovb:doctor=${plan.name}`;
  }

  /**
   * Makes one. Not to be broken off half way: what a lost request has made would come after the removal.
   * @throws OpenStackError where the cloud refuses
   */
  async create<K extends Collection>(collection: K, fields: object) {
    const name = collection === "floatingips" ? {} : { name: this.name };
    return createNetworking<K>(this.session, collection, {
      ...name,
      description: this.description,
      ...fields,
    });
  }

  /** The lab's own tags, so that a sweep of the lab finds what a killed doctor left. */
  async tag(collection: Collection, id: string): Promise<void> {
    await setTags(this.session, collection, id, [...this.plan.tags, "ovb:doctor"]);
  }

  /** Removes everything, also what an earlier run left. @returns how many things there were */
  async remove(): Promise<number> {
    const project_id = await this.session.projectId();
    let removed = 0;
    for (const collection of inOrder) {
      const found = await listNetworking(this.session, collection, {
        description: this.description,
        project_id,
      });
      const own = found.filter(
        (one) => collection === "floatingips" || (one as { name?: string }).name === this.name,
      );
      await Promise.all(own.map(({ id }) => this.removeOne(collection, id)));
      removed += own.length;
    }
    return removed;
  }

  /** 409: Neutron's DHCP agent is still at work on the network's port. */
  private async removeOne(collection: Collection, id: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await deleteNetworking(this.session, collection, id);
        return;
      } catch (error) {
        if (!hasStatus(error, 409) || attempt === mostAttempts) throw error;
        await this.session.sleep(1000);
      }
    }
  }
}

const mostAttempts = 10;

/** What uses others before what is used; a network takes its subnets along. */
const inOrder: readonly Collection[] = ["floatingips", "ports", "routers", "networks", "security-groups"];
