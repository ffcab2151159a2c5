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
  readonly ready: boolean;
  /** How many nodes it knows. */
  readonly nodes: number;
  /** `endpointSet` of them. */
  readonly set: string;
}

/** One short text for a set of endpoints, whatever their order: 16 hexadecimal digits. */
export function endpointSet(endpoints: readonly BmcEndpoint[]): string {
  const lines = endpoints.map(({ key, address, port }) => `${key} ${address} ${port}\n`).sort();
  return createHash("sha256").update(lines.join("")).digest("hex").slice(0, 16);
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
    return { ready: said.event === readyEvent, nodes: Number(said.nodes), set: String(said.set) };
  }
  return undefined;
}

function parse(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(json) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
