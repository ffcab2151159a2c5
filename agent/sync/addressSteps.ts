import type { FixedIp } from "../../openstack/neutron";
import { isHost, parseCidr, toNumber } from "../../plan/lab/ipv4";
import { bareAdvice, bareHolder } from "./barePairs";
import type { BarePair, Problem, Step, TargetPort, TargetSnapshot } from "./snapshot";

/** A port on its way: what it gives up on the subnet, and what it gets. */
interface Move {
  readonly port: TargetPort;
  /** Its addresses on the subnet now. */
  has: string[];
  readonly gives: readonly string[];
  /** Absent: nothing new. "any": an address that Neutron chooses. */
  readonly gets?: string;
  /** Whether the source says what it gets: killed halfway, the next run knows it too. */
  readonly isKnown: boolean;
}

const any = "any";

/**
 * The moves that give each port the address that the undercloud gave to its MAC, in an order in which Neutron, which
 * refuses an address twice on a network, takes each of them. Ports in a circle need one more step: the first gives its
 * address up before the others move.
 *
 * A port gives up one address of the subnet for the new one, and every one that another port is to have. What else it
 * has, on this subnet or another, it keeps. A port that the undercloud says nothing of moves only to make room, to the
 * address that this leaves free.
 * @param bare address pairs without a prefix length: no port is given such an address
 */
export function addressSteps(
  target: TargetSnapshot,
  addresses: ReadonlyMap<string, string>,
  bare: readonly BarePair[],
): { steps: Step[]; problems: Problem[] } {
  const { wanted, problems } = reachable(target, addresses, bare);
  return { steps: inOrder(target, movesFor(target, wanted, bare)), problems };
}

/** The wanted address by port id, without those that cannot be had. */
function reachable(
  { subnet, ports, others }: TargetSnapshot,
  addresses: ReadonlyMap<string, string>,
  bare: readonly BarePair[],
) {
  const cidr = parseCidr(subnet.cidr)!;
  const wanted = new Map<string, string>();
  const problems: Problem[] = [];
  const askers = new Map<string, string[]>();
  for (const { mac, name } of ports) {
    const address = addresses.get(mac);
    if (address) askers.set(address, [...(askers.get(address) ?? []), name]);
  }
  for (const port of ports) {
    const address = addresses.get(port.mac);
    if (address === undefined) continue;
    const holder = others.get(address);
    const paired = bareHolder(bare, address, port.id);
    const rivals = askers.get(address)!.filter((name) => name !== port.name);
    const why = !isHost(cidr, address)
      ? `is no host address of the ctlplane ${subnet.cidr}: the undercloud's subnet must be the same`
      : holder
        ? `is held by ${holder.name} in the host cloud: free it there, or have the undercloud give another`
        : rivals.length > 0
          ? `is given to ${rivals.join(", ")} as well: remove the wrong entry on the undercloud`
          : paired
            ? `is ${bareAdvice(paired)}`
            : undefined;
    if (why) problems.push({ port: port.name, message: `cannot get ${address}, which ${why}.` });
    else wanted.set(port.id, address);
  }
  return { wanted, problems };
}

function movesFor(
  { subnet, ports }: TargetSnapshot,
  wanted: ReadonlyMap<string, string>,
  bare: readonly BarePair[],
): Move[] {
  const wanterOf = new Map([...wanted].map(([id, address]) => [address, id]));
  const moves = ports.map((port): Move => {
    const has = addressesOn(subnet.id, port.fixedIps);
    const address = wanted.get(port.id);
    const contested = has.filter((one) => one !== address && wanterOf.has(one));
    if (address === undefined || has.includes(address))
      return { port, has, gives: contested, isKnown: address !== undefined };
    return {
      port,
      has,
      gives: contested.length > 0 ? contested : has.slice(0, 1),
      gets: address,
      isKnown: true,
    };
  });
  const byId = new Map(moves.map((move) => [move.port.id, move]));
  const refuges = new Set(bare.map(({ address }) => address));
  return moves.map((move) => {
    if (move.isKnown || move.has.length > move.gives.length) return move;
    const refuge = move.gives.length > 0 ? leftFree(move, byId, wanterOf, refuges) : any;
    if (refuge !== any) refuges.add(refuge);
    return { ...move, gets: refuge };
  });
}

/** The address that ends the chain of moves begun by whoever wants this port's: nobody else wants that one. */
function leftFree(
  displaced: Move,
  byId: ReadonlyMap<string, Move>,
  wanterOf: ReadonlyMap<string, string>,
  taken: ReadonlySet<string>,
): string {
  let given = displaced.gives;
  for (;;) {
    const wanted = given.find((one) => wanterOf.has(one));
    if (wanted === undefined) return any;
    given = byId.get(wanterOf.get(wanted)!)!.gives;
    const free = given.find((one) => !wanterOf.has(one) && !taken.has(one));
    if (free !== undefined) return free;
  }
}

/** Each move as soon as its address is free; of a circle, one lets go first. */
function inOrder({ subnet }: TargetSnapshot, moves: readonly Move[]): Step[] {
  const steps: Step[] = [];
  const now = new Map(moves.map(({ port }) => [port.id, port.fixedIps]));
  const holder = new Map(moves.flatMap((move) => move.has.map((address) => [address, move] as const)));
  const put = (kind: "move" | "release", { port, gives }: Move, more: readonly FixedIp[]) => {
    const before = now.get(port.id)!;
    const kept = before.filter((ip) => ip.subnet_id !== subnet.id || !gives.includes(ip.ip_address));
    steps.push({ kind, id: port.id, name: port.name, before, after: [...kept, ...more] });
    now.set(port.id, [...kept, ...(more as Required<FixedIp>[])]);
    for (const address of gives) if (holder.get(address)?.port === port) holder.delete(address);
  };
  const finish = (move: Move) => {
    const { gets } = move;
    if (gets === undefined) return put("move", move, []);
    put("move", move, [{ subnet_id: subnet.id, ...(gets !== any && { ip_address: gets }) }]);
    if (gets !== any) holder.set(gets, move);
  };
  const all = moves.filter(({ gives, gets }) => gives.length > 0 || gets !== undefined);
  const byName = (a: Move, b: Move) => (a.port.name < b.port.name ? -1 : 1);
  // Neutron chooses last, from what is then free; what it is to replace is wanted before.
  const chosen = all.filter(({ gets }) => gets === any).sort(byName);
  for (const move of chosen.filter(({ gives }) => gives.length > 0)) put("release", move, []);
  const waiting = new Set([...all.filter(({ gets }) => gets !== any)].sort(byName));
  while (waiting.size > 0) {
    const ready = [...waiting].filter(({ gets }) => gets === undefined || !holder.has(gets));
    for (const move of ready) {
      waiting.delete(move);
      finish(move);
    }
    if (ready.length === 0) put("release", firstOfCircle([...waiting], holder), []);
  }
  for (const move of chosen) finish(move);
  return steps;
}

/** Who lets go: the first of a circle, by name, whose new address is the source's. Everybody who waits, waits for one. */
function firstOfCircle(waiting: readonly Move[], holder: ReadonlyMap<string, Move>): Move {
  const next = (move: Move) => holder.get(move.gets!)!;
  const seen = new Set<Move>();
  let at = waiting[0]!;
  while (!seen.has(at)) {
    seen.add(at);
    at = next(at);
  }
  const circle = [at];
  for (let one = next(at); one !== at; one = next(one)) circle.push(one);
  return waiting.find((move) => move.isKnown && circle.includes(move))!;
}

function addressesOn(subnetId: string, fixedIps: readonly Required<FixedIp>[]): string[] {
  return fixedIps
    .filter((ip) => ip.subnet_id === subnetId)
    .map((ip) => ip.ip_address)
    .sort((a, b) => toNumber(a) - toNumber(b));
}

/** Whether both are the same addresses on the same subnets, in whatever order. */
export function sameAddresses(a: readonly FixedIp[], b: readonly FixedIp[]): boolean {
  const text = (list: readonly FixedIp[]) =>
    list.map(({ subnet_id, ip_address }) => `${subnet_id} ${ip_address}`).sort();
  return text(a).join() === text(b).join();
}
