import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { labFolder } from "../environment";
import type { KnownIds } from "./leftovers";

/** Arguments of a resource, those that are strings. */
export type Inputs = Readonly<Record<string, string | undefined>>;

/** A resource of a state, as far as it is read here. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  /** Read, not made, by the program. */
  readonly external?: boolean;
  readonly inputs?: Inputs;
}

/** `pulumi stack export`, or a stack's file of a file backend. */
interface State {
  readonly deployment?: { readonly resources?: readonly StateResource[] };
  readonly checkpoint?: { readonly latest?: { readonly resources?: readonly StateResource[] } };
}

const labType = "ovb:index:VirtualBaremetalLab";

/** The labs that a state holds, and the ids of what they made. Reads no secret: those are encrypted there. */
export interface StateLabs {
  readonly labs: readonly string[];
  readonly ids: KnownIds;
}

/** @throws Error when the file cannot be read, is no state, or holds no lab of ours. */
export function readStateFile(file: string): StateLabs {
  let state: State;
  try {
    state = JSON.parse(readFileSync(file, "utf8")) as State;
  } catch (error) {
    // The parser's message would quote the file, which may be any file.
    const why = error instanceof SyntaxError ? "it is no JSON" : (error as Error).message;
    throw new Error(
      `--state ${file}: ${why}. It takes what \`pulumi stack export\` writes, or a stack's file.`,
    );
  }
  const found = stateLabs(state);
  if (found.labs.length === 0)
    throw new Error(`--state ${file}: it holds no lab. --lab NAME finds a lab by its tags instead.`);
  return found;
}

/** The labs of a state. */
export function stateLabs(state: State): StateLabs {
  const resources = state.deployment?.resources ?? state.checkpoint?.latest?.resources ?? [];
  const labs = resources.filter(({ type }) => type === labType).map(({ urn }) => nameOf(urn));
  // One program makes one lab; with several in a state, whose a resource is would be a guess.
  const ours = resources.filter(({ urn, type, id, external }) =>
    Boolean(id && !external && type.startsWith("openstack:") && urn.includes(`::${labType}$`)),
  );
  const ids = labs.length === 1 ? ours.map(({ id }) => [id!, labs[0]!] as const) : [];
  return { labs, ids: new Map(ids) };
}

function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/** The stacks whose state we keep on this machine and that hold a lab: lab → stack. */
export function localLabs(env: NodeJS.ProcessEnv = process.env): ReadonlyMap<string, string> {
  const folder = dirname(labFolder("any", env));
  const held = new Map<string, string>();
  for (const stack of existsSync(folder) ? readdirSync(folder) : []) {
    const file = join(folder, stack, "backend", ".pulumi", "stacks", "ovb", `${stack}.json`);
    try {
      for (const lab of stateLabs(JSON.parse(readFileSync(file, "utf8")) as State).labs) held.set(lab, stack);
    } catch {
      // Never made, or cut off by a kill: it holds nothing that anybody could still use.
    }
  }
  return held;
}
