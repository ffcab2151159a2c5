import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { consoleNow } from "../../openstack/console";
import type { Server } from "../../openstack/nova";
import { lastReadiness } from "../../plan/lab/bmcReadiness";
import type { ChosenLab } from "../command/labCommand";
import { labFolder } from "../stack/environment";

/** A fault of a node that was wished for. */
export interface KnownFault {
  readonly node: string;
  /** "slow until 2026-11-30T14:00:00.000Z" */
  readonly text: string;
}

/** Those that the lab's BMC tells on its console, where it takes any, and those of an `ovb bmc` on this machine. */
export async function knownFaults(
  { plan, session, signal, choice }: ChosenLab,
  servers: ReadonlyMap<string, Server>,
): Promise<KnownFault[]> {
  const { bmc } = plan;
  const server = bmc?.faults ? servers.get(bmc.name) : undefined;
  const console = server && (await consoleNow(session, server.id, signal).catch(() => undefined));
  const said = lastReadiness(console ?? "", plan.name)?.faults ?? [];
  const ofVm = said.map((line) => line.split(" ") as [string, string, string]);
  const now = new Date().toISOString();
  return [...ofVm, ...ofThisMachine(join(labFolder(choice.stack), "bmc", "state.json"))]
    .filter(([, , until]) => until > now)
    .map(([node, kind, until]) => ({ node, text: `${kind} until ${until}` }));
}

/** @param file the agent's state */
function ofThisMachine(file: string): [string, string, string][] {
  if (!existsSync(file)) return [];
  const { nodes } = JSON.parse(readFileSync(file, "utf8")) as {
    nodes: Record<string, { faults?: { kind: string; until: number }[] }>;
  };
  return Object.entries(nodes).flatMap(([node, { faults = [] }]) =>
    faults.map(({ kind, until }): [string, string, string] => [node, kind, new Date(until).toISOString()]),
  );
}
