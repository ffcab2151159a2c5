import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ownerMark } from "../../plan/lab/tags";
import type { Claim } from "../../tenant/claim";
import { labFolder } from "./environment";

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
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** `pulumi stack export`, or a stack's file of a file backend. */
export interface State {
  readonly deployment?: { readonly resources?: readonly StateResource[] };
  readonly checkpoint?: { readonly latest?: { readonly resources?: readonly StateResource[] } };
}

const labType = "ovb:index:VirtualBaremetalLab";

/** The resource whose id the owner's mark is made of: components/labOwner.ts. */
export const ownerType = "pulumi:index:Stash";

/** Ids that a state knows, and the labs that they are of. */
export type KnownIds = ReadonlyMap<string, string>;

/** The labs that a state holds, and the ids of what they made. Reads no secret: those are encrypted there. */
export interface StateLabs {
  readonly labs: readonly string[];
  /** What it proves of each of them. */
  readonly claims: readonly Claim[];
  readonly ids: KnownIds;
}

/** What a state proves of a lab: see stackClaim(). */
export function claimOf(state: State, lab: string): Claim {
  const resources = resourcesOf(state);
  const stash = resources.find(({ type, urn }) => type === ownerType && nameOf({ urn }) === `${lab}-owner`);
  const stack = stash?.outputs?.output;
  const owner = stash?.id && typeof stack === "string" ? ownerMark(stack, stash.id) : undefined;
  const ids = resources.filter(({ id, external }) => id && !external).map(({ id }) => id!);
  return { lab, owner, ids: new Set(ids) };
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
  const resources = resourcesOf(state);
  const labs = resources.filter(({ type }) => type === labType).map(nameOf);
  // One program makes one lab; with several in a state, whose a resource is would be a guess.
  const ours = resources.filter(({ urn, type, id, external }) =>
    Boolean(id && !external && type.startsWith("openstack:") && urn.includes(`::${labType}$`)),
  );
  const ids = labs.length === 1 ? ours.map(({ id }) => [id!, labs[0]!] as const) : [];
  return { labs, claims: labs.map((lab) => claimOf(state, lab)), ids: new Map(ids) };
}

function resourcesOf(state: State): readonly StateResource[] {
  return state.deployment?.resources ?? state.checkpoint?.latest?.resources ?? [];
}

/** Pulumi's name of a resource, which is its name on the cloud as well but for images. */
export function nameOf({ urn }: Pick<StateResource, "urn">): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/** A lab that is in a state on this machine. */
export interface HeldLab extends Claim {
  readonly stack: string;
}

/** The labs of the stacks whose state we keep on this machine. */
export function localLabs(env: NodeJS.ProcessEnv = process.env): readonly HeldLab[] {
  const folder = dirname(labFolder("any", env));
  const held: HeldLab[] = [];
  for (const stack of existsSync(folder) ? readdirSync(folder) : []) {
    const file = join(folder, stack, "backend", ".pulumi", "stacks", "ovb", `${stack}.json`);
    try {
      const state = JSON.parse(readFileSync(file, "utf8")) as State;
      held.push(...stateLabs(state).labs.map((lab) => ({ ...claimOf(state, lab), stack })));
    } catch {
      // Never made, or cut off by a kill: it holds nothing that anybody could still use.
    }
  }
  return held;
}
