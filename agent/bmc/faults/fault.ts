/**
 * What may be wrong with a node for a time. Of its BMC: silent, slow, busy, wrong (each command fails), drop (one request in
 * `every` gets no answer). Of its machine: unplugged (its ports are down).
 */
export const lastingKinds = ["silent", "slow", "busy", "wrong", "drop", "unplugged"] as const;
/** What happens to a machine at once: an NMI; its power is gone, and its BMC was not asked. */
export const momentaryKinds = ["crash", "power-loss"] as const;

export type LastingKind = (typeof lastingKinds)[number];

/** A node has one of each kind at most. */
export interface Fault {
  readonly kind: LastingKind;
  /** When it ends by itself: milliseconds since 1970. */
  readonly until: number;
  /** slow: what an answer takes longer. */
  readonly ms?: number;
  /** drop: one request in so many. */
  readonly every?: number;
  /** unplugged: the port's; absent: all of the node's. */
  readonly mac?: string;
  /** unplugged: ids of the ports that were up, and are to be up again. */
  readonly ports?: readonly string[];
}

/** What somebody wishes. */
export interface FaultWish extends Pick<Fault, "ms" | "every" | "mac"> {
  readonly node: string;
  readonly kind: LastingKind | (typeof momentaryKinds)[number];
  readonly seconds: number;
}

/** Seconds, where none are given. */
export const usualSeconds = 300;
const mostSeconds = 86_400;

/** @returns the wish, or all that is wrong with it */
export function readWish(raw: unknown): FaultWish | string[] {
  const given = (typeof raw === "object" && raw !== null ? raw : {}) as Record<string, unknown>;
  const { node, kind, seconds = usualSeconds, ms, every, mac, ...unknown } = given;
  const within = (value: unknown, most: number) =>
    Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most;
  const kinds: readonly unknown[] = [...lastingKinds, ...momentaryKinds];
  const needs = (name: string, of: string, value: unknown, most: number) =>
    kind === of
      ? within(value, most) || `${name}: ${of} needs a whole number, 1 to ${most}`
      : value === undefined || `${name}: only ${of} has it`;
  const problems = [
    (typeof node === "string" && node !== "") || "node: name one, such as node-0",
    kind === "disk"
      ? "kind: disk: Nova takes no root disk away from a server; detach a volume by `openstack server remove volume`"
      : kinds.includes(kind) || `kind: one of ${kinds.join(", ")}`,
    within(seconds, mostSeconds) || `seconds: a whole number, 1 to ${mostSeconds}`,
    needs("ms", "slow", ms, 600_000),
    needs("every", "drop", every, 1000),
    mac === undefined ||
      (kind === "unplugged" && typeof mac === "string") ||
      "mac: only unplugged has it, a text",
    ...Object.keys(unknown).map((name) => `${name}: not known`),
  ].filter((problem) => typeof problem === "string");
  return problems.length > 0 ? problems : ({ node, kind, seconds, ms, every, mac } as FaultWish);
}
