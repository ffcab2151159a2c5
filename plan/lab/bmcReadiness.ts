import { createHash } from "node:crypto";

/** Where a node's IPMI answers. */
export interface BmcEndpoint {
  readonly key: string;
  readonly address: string;
  readonly port: number;
}

/** The agent's log events that say whether it answers, and for which nodes; see `lastReadiness`. */
export const readyEvent = "ready";
export const notReadyEvent = "not-ready";

/** What the BMC's console said last. */
export interface Readiness {
  /** The cloud answers the agent, and what serves all nodes is bound. */
  readonly ready: boolean;
  /** How many nodes it answers for. */
  readonly nodes: number;
  /** `endpointDigests` of them. */
  readonly answers: string;
  /** What keeps it from being ready, for people. Neither the cloud nor its own address: the VM has no network. */
  readonly troubles: readonly string[];
  /** What was wished to go wrong: "node-0 slow 2026-11-30T14:00:00.000Z", of 20 at most. */
  readonly faults: readonly string[];
}

/** Hexadecimal digits of a digest: of a thousand nodes one is taken for another's in 1 of 16 000 labs, and a line stays 6 kB. */
const digits = 6;

/** One text for a set of endpoints, whatever their order: six hexadecimal digits for each. */
export function endpointDigests(endpoints: readonly BmcEndpoint[]): string {
  return endpoints.map(digest).sort().join("");
}

/**
 * Whether it answers for these nodes. Others do not matter: those that an update takes away are there until the program
 * has ended, which waits for this.
 */
export function answersFor(
  { ready, answers }: Pick<Readiness, "ready" | "answers">,
  endpoints: readonly BmcEndpoint[],
): boolean {
  const known = new Set(answers.match(new RegExp(`.{${digits}}`, "g")));
  return ready && endpoints.every((endpoint) => known.has(digest(endpoint)));
}

function digest({ key, address, port }: BmcEndpoint): string {
  return createHash("sha256").update(`${key} ${address} ${port}`).digest("hex").slice(0, digits);
}

/**
 * What the agent of a lab said last on a console. Undefined: nothing yet. The console is shared with kernel and systemd,
 * who write into lines of others: a line that is cut is as if it were not there, and the agent says it again.
 */
export function lastReadiness(consoleLog: string, lab: string): Readiness | undefined {
  const lines = consoleLog.split("\n").reverse();
  for (const line of lines) {
    const json = /\{"time":.*\}/.exec(line)?.[0];
    if (json === undefined) continue;
    const said = parse(json);
    if (said?.lab !== lab || (said.event !== readyEvent && said.event !== notReadyEvent)) continue;
    const ready = said.event === readyEvent;
    return {
      ready,
      nodes: Number(said.nodes),
      answers: String(said.answers),
      troubles: ready ? [] : troubles(said),
      faults: Array.isArray(said.faults) ? said.faults.map(String) : [],
    };
  }
  return undefined;
}

function troubles({ cloud, notListening }: Readonly<Record<string, unknown>>): string[] {
  return [
    ...(cloud === false ? ["the cloud does not answer it"] : []),
    ...(Array.isArray(notListening) && notListening.length > 0
      ? [`it cannot listen for ${notListening.join(", ")}`]
      : []),
  ];
}

function parse(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(json) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
