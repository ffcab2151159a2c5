import { sameAddresses } from "../../agent/sync/addressSteps";
import { samePairs } from "../../agent/sync/pairSteps";
import type { Step, TargetPort, TargetSnapshot } from "../../agent/sync/snapshot";
import { contains, nth, parseCidr } from "../../plan/lab/ipv4";

export const subnet = { id: "ctlplane", cidr: "192.0.2.0/24" };
export const at = (offset: number) => nth(parseCidr(subnet.cidr)!, offset);
export const mac = (index: number) => `20:57:f8:00:00:${index.toString(16).padStart(2, "0")}`;

export function port(
  index: number,
  addresses: readonly string[],
  change: Partial<TargetPort> = {},
): TargetPort {
  return {
    id: `port-${index}`,
    name: `lab-node-${index}-ctlplane`,
    mac: mac(index),
    fixedIps: addresses.map((ip_address) => ({ subnet_id: subnet.id, ip_address })),
    pairs: [],
    planned: [],
    portSecurity: true,
    ...change,
  };
}

/**
 * Neutron's rules for the ports of one network: no address twice, ten pairs, no pair without port security; and OVN's: a
 * changed port whose address is another's pair, written as an address, is lost.
 */
export class PortRules {
  ports: TargetPort[];
  readonly #from: TargetSnapshot;

  constructor(from: TargetSnapshot) {
    this.#from = from;
    this.ports = [...from.ports];
  }

  get snapshot(): TargetSnapshot {
    return { ...this.#from, ports: this.ports };
  }

  port(id: string): TargetPort {
    return this.ports.find((one) => one.id === id)!;
  }

  /** @throws Error where Neutron would refuse, or when the step was made for another state */
  apply(step: Step): void {
    const own = this.port(step.id);
    if (!own) throw new Error(`${step.id} is none of the lab's ports`);
    if (step.kind === "pairs") {
      if (!samePairs(own, own.pairs, step.before)) throw new Error("the pairs are others by now");
      if (!own.portSecurity) throw new Error("no pairs without port security");
      if (step.after.length > 10) throw new Error("more than ten pairs");
      const pairs = step.after.map((pair) => ({ mac_address: own.mac, ...pair }));
      this.#put({ ...own, pairs });
      return;
    }
    if (!sameAddresses(own.fixedIps, step.before)) throw new Error("the addresses are others by now");
    const taken = new Set(this.#from.others.keys());
    for (const { id, fixedIps } of this.ports)
      if (id !== own.id) for (const ip of fixedIps) taken.add(ip.ip_address);
    const fixedIps = step.after.map((ip) => {
      const ip_address = ip.ip_address ?? this.#free(taken);
      if (taken.has(ip_address)) throw new Error(`${ip_address} is in use`);
      const cidr = parseCidr(subnet.cidr)!;
      if (ip.subnet_id === subnet.id && !contains(cidr, ip_address))
        throw new Error(`${ip_address} is outside`);
      taken.add(ip_address);
      return { subnet_id: ip.subnet_id!, ip_address };
    });
    this.#put({ ...own, fixedIps });
  }

  #free(taken: ReadonlySet<string>): string {
    for (let offset = 200; offset < 250; offset++) if (!taken.has(at(offset))) return at(offset);
    throw new Error("the pool is empty");
  }

  #put(port: TargetPort): void {
    const own = port.fixedIps.map(({ ip_address }) => ip_address);
    const others = this.ports.filter(({ id }) => id !== port.id).flatMap(({ pairs }) => pairs);
    const bare = [
      ...this.#from.barePairs.map(({ address }) => address),
      ...others.map((pair) => pair.ip_address),
    ];
    if (own.some((address) => bare.includes(address))) throw new Error(`${port.name} has become virtual`);
    this.ports = this.ports.map((one) => (one.id === port.id ? port : one));
  }
}
