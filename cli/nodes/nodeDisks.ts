import { Turns } from "../../agent/nova/turns";
import { hasStatus } from "../../openstack/error";
import { type InstanceAction, listInstanceActions, type Server } from "../../openstack/nova";
import type { Session } from "../../openstack/session";
import type { Claim } from "../../tenant/claim";
import { type DeployRecord, readRecord } from "../ironic/record";
import { labServers } from "../stack/labServers";

/** How many servers' histories are asked for at a time. */
const mostRequests = 8;

/** What became of a node's disk, from Nova's own history of the server. */
export interface DiskHistory {
  /** Id of the request that made the disk: the server's creation, or its last rebuild. */
  readonly origin: string;
  /** What may have run something since: "start", "rescue", … Empty: the disk is as `up` or `rebuild` left it. */
  readonly since: readonly string[];
}

export interface NodeDisk {
  readonly server: Server;
  /** Absent where Nova does not tell (policy, or a history that does not reach back): then anything may be on it. */
  readonly history?: DiskHistory;
  /** Of what Ironic deployed on this very disk. */
  readonly record?: DeployRecord;
}

/** Whether nothing can have written to the disk since `up` or `rebuild` made it. In doubt it is not. */
export function isUntouched({ history, record, server }: NodeDisk): boolean {
  return (
    record === undefined &&
    history?.since.length === 0 &&
    server["OS-EXT-STS:vm_state"] === "stopped" &&
    server["OS-EXT-STS:task_state"] === null
  );
}

/** In words, what may have written to the disk. */
export function wasUsed({ history, record }: NodeDisk): string {
  if (record) return `deployed by Ironic, ${record.at}`;
  if (!history) return "Nova does not tell what it was used for";
  return `Nova: ${[...new Set(history.since)].join(", ") || "it is on"}`;
}

/**
 * Reads the history of a disk from Nova's actions.
 * A node is created, runs iPXE for the moments until Pulumi has stopped it, and is untouched then. A rebuild leaves a
 * stopped server stopped; a stop after it means that the rebuilt disk was running, and with the strategy `rebuild` that
 * is how IPA is booted, which writes to it.
 * @param actions the newest first
 */
export function diskHistory(actions: readonly InstanceAction[]): DiskHistory | undefined {
  const made = actions.findIndex(({ action }) => action === "create" || action === "rebuild");
  const origin = actions[made];
  if (!origin) return undefined;
  const harmless = origin.action === "create" ? ["stop", "lock", "unlock"] : ["lock", "unlock"];
  const since = actions
    .slice(0, made)
    .map(({ action }) => action)
    .filter((action) => !harmless.includes(action))
    .reverse();
  return { origin: origin.request_id, since };
}

/** The disks of a lab's nodes, asked for when they are needed, each once. */
export class NodeDisks {
  readonly #turns = new Turns(mostRequests);
  readonly #known = new Map<string, Promise<NodeDisk | undefined>>();
  #servers?: Promise<Map<string, Server>>;
  readonly #session: Session;
  readonly #claim: Claim;
  readonly #signal: AbortSignal | undefined;

  constructor(session: Session, claim: Claim, signal?: AbortSignal) {
    this.#session = session;
    this.#claim = claim;
    this.#signal = signal;
  }

  /** @param name the server's @returns undefined where the cloud has no such server of the lab */
  get(name: string): Promise<NodeDisk | undefined> {
    const known = this.#known.get(name);
    if (known) return known;
    const disk = this.#look(name);
    this.#known.set(name, disk);
    return disk;
  }

  async #look(name: string): Promise<NodeDisk | undefined> {
    this.#servers ??= labServers(this.#session, this.#claim, this.#signal);
    const server = (await this.#servers).get(name);
    if (!server) return undefined;
    const history = await this.#turns.take(() => this.#history(server.id));
    const record = readRecord(server.metadata);
    return {
      server,
      ...(history && { history }),
      ...(record && record.disk === history?.origin && { record }),
    };
  }

  async #history(id: string): Promise<DiskHistory | undefined> {
    try {
      return diskHistory(await listInstanceActions(this.#session, id, this.#signal));
    } catch (error) {
      if (hasStatus(error, 403) || hasStatus(error, 404)) return undefined;
      throw error;
    }
  }
}
