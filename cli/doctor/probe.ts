import { fateOf } from "../../agent/nova/fate";
import { hasStatus } from "../../openstack/error";
import { isMomentary } from "../../openstack/momentary";
import {
  type Collection,
  createNetworking,
  deleteNetworking,
  listNetworking,
  setTags,
} from "../../openstack/neutron";
import type { Session } from "../../openstack/session";
import type { LabPlan } from "../../plan/lab/labPlan";
import { describeResource } from "../../plan/lab/tags";
import { until } from "../../process/until";
import { doctorTag } from "../../tenant/fit/tenant";

/**
 * Things made for a trial and removed again. They are known by their name together with their description, which
 * Neutron takes in the very request that makes them: a doctor killed right after it leaves nothing that the next
 * doctor of the same lab, or a sweep of it, would not find. Floating IPs have no name.
 */
export class Probe {
  readonly name: string;
  readonly #description: string;
  readonly #known = new Set<string>();
  /** Creations that may have happened, or may still happen. */
  #lost = 0;
  readonly #session: Session;
  readonly #plan: LabPlan;
  readonly #report: (line: string) => void;

  constructor(session: Session, plan: LabPlan, report: (line: string) => void) {
    this.#session = session;
    this.#plan = plan;
    this.#report = report;
    this.name = `${plan.name}-doctor`;
    this.#description = describeResource(plan.tags, this.name);
  }

  /**
   * Makes one. Not to be broken off half way: what a lost request has made would come after the removal.
   * @throws OpenStackError where the cloud refuses
   */
  async create<K extends Collection>(collection: K, fields: object) {
    const name = collection === "floatingips" ? {} : { name: this.name };
    const all = { ...name, description: this.#description, ...fields };
    try {
      const made = await createNetworking<K>(this.#session, collection, all, { timeoutMs: patienceMs });
      this.#known.add(made.id);
      return made;
    } catch (error) {
      // A 500 is Neutron's own word that it has rolled back; a proxy's 502 or 504 is not.
      if (fateOf(error) === "unknown" && !hasStatus(error, 500)) this.#lost++;
      throw error;
    }
  }

  /** As everything of the lab. */
  async tag(collection: Collection, id: string): Promise<void> {
    await setTags(this.#session, collection, id, [...this.#plan.tags, doctorTag]);
  }

  /**
   * Removes everything, also what an earlier run left. Looks again while something is in use (409: Neutron's DHCP agent
   * is at work on a port), and where the fate of a creation is not known: Neutron may still be at it.
   * @returns how many things there were
   * @throws OpenStackError where something stays
   */
  async remove(): Promise<number> {
    if (this.#lost > 0)
      this.#report(`${this.#lost} answers were lost: looking for what Neutron may still make of it`);
    let removed = 0;
    let inUse: Error | undefined;
    const clear = async () => {
      const pass = await this.#removeOnce();
      removed += pass.removed;
      inUse = pass.inUse;
      return (inUse === undefined && this.#lost === 0) || undefined;
    };
    await until(clear, {
      ...{ clock: this.#session, pauseMs: lookAgainMs, timeoutMs: patienceMs },
      passes: isMomentary,
    });
    if (inUse !== undefined) throw inUse;
    return removed;
  }

  async #removeOnce(): Promise<{ removed: number; inUse?: Error }> {
    const project_id = await this.#session.projectId();
    let removed = 0;
    let inUse: Error | undefined;
    const removeOne = async (collection: Collection, id: string) => {
      try {
        await deleteNetworking(this.#session, collection, id);
        removed++;
        if (!this.#known.has(id)) this.#lost = Math.max(0, this.#lost - 1);
      } catch (error) {
        if (!isMomentary(error)) throw error;
        inUse = error as Error;
      }
    };
    for (const collection of inOrder) {
      const filter = { description: this.#description, project_id };
      const found = await listNetworking(this.#session, collection, filter);
      const own = found.filter(
        (one) => collection === "floatingips" || (one as { name?: string }).name === this.name,
      );
      await Promise.all(own.map(({ id }) => removeOne(collection, id)));
    }
    return { removed, ...(inUse && { inUse }) };
  }
}

/** A router with a gateway took 160 s on a Neutron that was ten times overloaded. Milliseconds. */
const patienceMs = 300_000;
const lookAgainMs = 2_000;

/** What uses others before what is used; a network takes its subnets along. */
const inOrder: readonly Collection[] = ["floatingips", "ports", "routers", "networks", "security-groups"];
