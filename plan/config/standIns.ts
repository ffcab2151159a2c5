import type { Path } from "./problem";

type Raw = Record<PropertyKey, unknown>;

const absent = Symbol("absent");

/**
 * Values of every kind that a key of the schema may want. Nobody sees those that stand for a mistake; what stands for an
 * encrypted value is shown in a plan, so that its first one says what it is.
 */
const shown = [
  ...["[secret]", "[secret-not-known-here]", "ssh-secret [secret]", "https://secret.invalid"],
  "0".repeat(64),
];
const others = [
  ...["192.0.2.29", "198.18.0.9", "198.18.0.0/24", "2001:db8::/64", "x-stand-in", "02:00:00", "9h"],
  ...[
    "/stand-in",
    "inspector.ipxe",
    "enabled",
    "boot-server",
    "sync",
    "address",
    "disk",
    "uefi",
    "raw",
    "file",
  ],
  ...[1, 1300, false, true, [], {}, [{}], { count: 0 }, [{ count: 0 }]],
];

/** What stands for a value that is wrong or not known, so that the rest can be judged. Two that differ wherever they can. */
export type Choice = "first" | "second";

/** @returns whether the value at the path is taken now */
export type IsTaken = (input: Raw, path: Path) => boolean;

/** Puts something in the place of a value that is taken there; where nothing is, takes out what holds it. */
export function standIn(
  input: Raw,
  path: Path,
  { choice, unknown, isTaken }: { choice: Choice; unknown: boolean; isTaken: IsTaken },
): void {
  const mistake = [absent, ...others];
  const secret = [...shown, absent, ...others];
  const candidates = choice === "second" ? [...others].reverse().concat(shown) : unknown ? secret : mistake;
  for (const candidate of candidates) {
    put(input, path, candidate);
    if (isTaken(input, path)) return;
  }
  if (choice === "second") {
    put(input, path, absent);
    if (isTaken(input, path)) return;
  }
  if (path.length > 1) put(input, path.slice(0, -1), absent);
}

function put(input: Raw, path: Path, value: unknown): void {
  const parent = valueAt(input, path.slice(0, -1));
  const last = path.at(-1);
  if (last === undefined || typeof parent !== "object" || parent === null) return;
  if (value !== absent) (parent as Raw)[last] = value;
  else if (!Array.isArray(parent)) delete (parent as Raw)[last];
  // A group or a network: the others keep their index.
  else if (path[0] === "nodes" || path[0] === "networks") parent[last as number] = {};
}

export function valueAt(raw: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, part) => (at as Raw | undefined)?.[part], raw);
}
