import { hasStatus } from "../../openstack/error";
import { getNetworking, listNetworking, type Port, updatePort } from "../../openstack/neutron";
import type { Session } from "../../openstack/session";
import { readPortTags } from "../../plan/lab/portTags";
import { labTag, roleTag } from "../../plan/lab/tags";
import { sameAddresses } from "./addressSteps";
import { barePairsOf } from "./barePairs";
import { samePairs } from "./pairSteps";
import type { BarePair, Step, TargetPort, TargetSnapshot } from "./snapshot";

/** The lab's ctlplane, or a port of it, is not what sync works on; the message has the way out. */
class TargetError extends Error {
  override readonly name = "TargetError";
}

/** The lab's provisioning network in the host cloud: what sync reads of it and changes on it. */
export class Target {
  readonly #labTag: string;
  readonly #session: Session;

  constructor(
    session: Session,
    readonly lab: string,
  ) {
    this.#session = session;
    this.#labTag = labTag(lab);
  }

  /** Two requests. @throws TargetError, OpenStackError */
  async read(signal?: AbortSignal): Promise<TargetSnapshot> {
    const subnets = await listNetworking(
      this.#session,
      "subnets",
      { name: `${this.lab}-ctlplane`, tags: this.#labTag },
      signal,
    );
    const [subnet] = subnets;
    if (!subnet) {
      throw new TargetError(
        `This tenant has no subnet ${this.lab}-ctlplane with the tag ${this.#labTag}: check the lab's name, and make the lab first (npx ovb up).`,
      );
    }
    const ports = await listNetworking(this.#session, "ports", { network_id: subnet.network_id }, signal);
    const own = ports.filter((port) => this.#isOwn(port));
    if (own.length === 0 && ports.some((port) => this.#isNode(port))) {
      throw new TargetError(
        `The plan owns the addresses of ${this.lab}, and the next \`pulumi up\` would undo what sync does: set ovb:ctlplane.addressOwner to sync and run \`npx ovb up\` first.`,
      );
    }
    const others = new Map<string, { name: string; isInUse: boolean }>();
    const barePairs: BarePair[] = [];
    for (const port of ports.filter((one) => !own.includes(one))) {
      const name = port.name || port.device_owner || port.id;
      for (const { ip_address } of port.fixed_ips) {
        others.set(ip_address, { name, isInUse: port.device_id !== "" });
      }
      barePairs.push(...barePairsOf({ id: port.id, name }, port.allowed_address_pairs));
    }
    if (subnet.gateway_ip) others.set(subnet.gateway_ip, { name: "the subnet's gateway", isInUse: true });
    return { subnet: { id: subnet.id, cidr: subnet.cidr }, ports: own.map(targetPort), others, barePairs };
  }

  /**
   * Does one step, if the port is still what the step was made for.
   * @returns false when it is not any more: read everything again
   * @throws OpenStackError when Neutron refuses
   */
  async apply(step: Step): Promise<boolean> {
    // Three: the port's agent reports its new state after a change, which makes a new revision too.
    for (let attempt = 1; attempt <= 3; attempt++) {
      let port: Port;
      try {
        port = await getNetworking(this.#session, "ports", step.id);
      } catch (error) {
        if (hasStatus(error, 404)) return false;
        throw error;
      }
      const isAsBefore =
        step.kind === "pairs"
          ? samePairs(targetPort(port), port.allowed_address_pairs, step.before)
          : sameAddresses(port.fixed_ips, step.before);
      if (!this.#isOwn(port) || !isAsBefore) return false;
      try {
        const change =
          step.kind === "pairs" ? { allowed_address_pairs: [...step.after] } : { fixed_ips: [...step.after] };
        await updatePort(this.#session, step.id, change, { ifRevision: port.revision_number });
        return true;
      } catch (error) {
        if (hasStatus(error, 404)) return false;
        if (!hasStatus(error, 412)) throw error;
      }
    }
    return false;
  }

  #isNode({ tags }: Port): boolean {
    return tags.includes(this.#labTag) && tags.includes(roleTag("node"));
  }

  #isOwn(port: Port): boolean {
    return this.#isNode(port) && readPortTags(port.tags) !== undefined;
  }
}

function targetPort(port: Port): TargetPort {
  return {
    id: port.id,
    name: port.name,
    mac: port.mac_address.toLowerCase(),
    fixedIps: port.fixed_ips,
    pairs: port.allowed_address_pairs,
    planned: readPortTags(port.tags) ?? [],
    portSecurity: port.port_security_enabled ?? true,
  };
}
