import type { AddressPair } from "../../openstack/neutron";
import type { BarePair, Step, TargetPort, TargetSnapshot } from "./snapshot";

/** What of a port's pairs is written as an address, not as a CIDR. */
function bareAddresses(pairs: readonly AddressPair[]): string[] {
  return pairs.map(({ ip_address }) => ip_address).filter((text) => !text.includes("/"));
}

/**
 * Who has the address as a bare pair, other than the port itself. On OVN a change of a port with such an address makes it
 * `virtual`: its server loses its network, and its next rescue or hard reboot ends in ERROR.
 */
export function bareHolder(bare: readonly BarePair[], address: string, portId: string): BarePair | undefined {
  return bare.find((pair) => pair.address === address && pair.portId !== portId);
}

/** "an address pair of X, written without /32: …", to follow "is". */
export function bareAdvice({ address, portName }: BarePair): string {
  return `an address pair of ${portName}, written without /32: on OVN the node would lose its network; write that pair as ${address}/32`;
}

/**
 * The pair steps in an order in which none changes a port whose address is a bare pair of another: sync writes CIDRs, so
 * each step takes bare ones away.
 * @returns the bare pairs that are left after the steps as well, and the ports that stay in danger by one: to be left alone
 */
export function inSafeOrder(
  { ports, barePairs }: TargetSnapshot,
  steps: readonly Step[],
): { steps: Step[]; bare: readonly BarePair[]; endangered: ReadonlyMap<TargetPort, BarePair> } {
  const byId = new Map(ports.map((port) => [port.id, port]));
  let bare = [...barePairs, ...ports.flatMap((port) => barePairsOf(port, port.pairs))];
  const danger = ({ id, fixedIps }: TargetPort) =>
    fixedIps.flatMap(({ ip_address }) => bareHolder(bare, ip_address, id) ?? [])[0];
  const ordered: Step[] = [];
  const waiting = new Set(steps);
  for (let before = -1; before !== ordered.length; ) {
    before = ordered.length;
    for (const step of waiting) {
      const port = byId.get(step.id)!;
      if (danger(port)) continue;
      waiting.delete(step);
      ordered.push(step);
      const after = step.kind === "pairs" ? barePairsOf(port, step.after) : [];
      bare = [...bare.filter(({ portId }) => portId !== step.id), ...after];
    }
  }
  const endangered = ports.flatMap((port) => {
    const holder = danger(port);
    return holder ? [[port, holder] as const] : [];
  });
  return { steps: ordered, bare, endangered: new Map(endangered) };
}

export function barePairsOf(
  { id, name }: Pick<TargetPort, "id" | "name">,
  pairs: readonly AddressPair[],
): BarePair[] {
  return bareAddresses(pairs).map((address) => ({ address, portId: id, portName: name }));
}
