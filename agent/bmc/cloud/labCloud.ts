import { setMaxListeners } from "node:events";
import { deleteImage } from "../../../openstack/glance";
import { listServersDetail, type Server } from "../../../openstack/nova";
import type { Session } from "../../../openstack/session";
import { cdromTag } from "../../../plan/lab/tags";
import { type CloudNode, nodeFromServer, nodeTagsOf } from "../../nova/nodeFromServer";
import { serverView } from "../../nova/serverView";
import { Turns } from "../../nova/turns";
import type { Log } from "../../service/log";
import { BootImages, type BootImagesOptions } from "./bootImages";
import type { CloudContext } from "./context";
import { NovaMachine } from "./novaMachine";
import { Poller } from "./poller";
import { Refusals } from "./refusals";
import { StateStore, type StateStoreOptions } from "./stateStore";
import { type Times, usualTimes } from "./times";

export interface LabCloudOptions {
  readonly session: Session;
  readonly lab: string;
  readonly stateFile: string;
  readonly log: Log;
  /** A node that was not there, or answers elsewhere from now on. */
  readonly onAdded: (machine: NovaMachine) => void;
  /** A node whose server is gone, or has another address, port or server. */
  readonly onRemoved: (machine: NovaMachine) => void;
  readonly images?: BootImagesOptions["names"];
  /** @default usualTimes */
  readonly times?: Partial<Times>;
  readonly write?: StateStoreOptions["write"];
}

/** Numbers for whoever watches the agent; counts are since its start. */
export interface CloudMetrics {
  readonly nodes: number;
  /** Power changes under way. */
  readonly operations: number;
  readonly polls: number;
  readonly pollFailures: number;
  /** Milliseconds, of the last poll. */
  readonly pollMs: number;
  /** Milliseconds since the last good answer; undefined before the first. */
  readonly age: number | undefined;
  /** Requests to change a server. */
  readonly actions: number;
  readonly actionFailures: number;
}

/** Requests to change servers that are under way at the same time; Nova's API has a few workers, which others use too. */
const actionsAtOnce = 16;

/** A node is gone when so many polls in a row did not list it: its boot override goes with it. */
const mostMissed = 3;

/** The nodes of one lab, as its cloud has them now. */
export class LabCloud {
  /** What its machines share. */
  readonly context: CloudContext;
  readonly #machines = new Map<string, NovaMachine>();
  readonly #missed = new Map<string, number>();
  /** Wrong tags, said once each. */
  #problems = new Set<string>();
  readonly #stop = new AbortController();
  readonly #options: LabCloudOptions;

  private constructor(options: LabCloudOptions, store: StateStore) {
    this.#options = options;
    const { session, lab, log, images: names } = options;
    // Each request listens to it, and each drive's upload.
    setMaxListeners(0, this.#stop.signal);
    const times = { ...usualTimes, ...options.times };
    const poller = new Poller({
      list: (signal) => listServersDetail(session, { tags: [...nodeTagsOf(lab)] }, signal),
      onServers: (servers, began) => this.#onServers(servers, began),
      activity: () => this.#activity(),
      times,
      log,
    });
    this.context = {
      ...{ session, lab, log, times, poller, store },
      signal: this.#stop.signal,
      turns: new Turns(actionsAtOnce),
      images: new BootImages({ session, lab, names, notTag: cdromTag }),
      refusals: new Refusals(log),
      counts: { actions: 0, actionFailures: 0 },
    };
  }

  /** Reads what was under way and begins to poll. Nodes come with the first answer of the cloud, however late that is. */
  static async start(options: LabCloudOptions): Promise<LabCloud> {
    const { stateFile: file, lab, log, write } = options;
    const cloud = new LabCloud(options, await StateStore.open({ file, lab, log, write }));
    cloud.context.poller.start();
    return cloud;
  }

  /** Requests under way are given up; what they were about is written down, and no write is under way when it returns. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error("The agent stops."));
    this.context.poller.stop();
    for (const machine of this.#machines.values()) machine.retire();
    await this.context.store.settled();
  }

  /** Whether what is known may be told. */
  isKnown(): boolean {
    return this.context.poller.isKnown();
  }

  metrics(): CloudMetrics {
    const { poller, counts } = this.context;
    const { polls, failures, lastMs } = poller.metrics;
    const operations = [...this.#machines.values()].filter((one) => one.operation() !== undefined).length;
    const { actions, actionFailures } = counts;
    const nodes = this.#machines.size;
    const age = poller.age();
    return { nodes, operations, polls, pollFailures: failures, pollMs: lastMs, age, actions, actionFailures };
  }

  machines(): ReadonlyMap<string, NovaMachine> {
    return this.#machines;
  }

  #onServers(servers: readonly Server[], began: number): void {
    const present = new Set<string>();
    const problems = new Set<string>();
    for (const server of servers) {
      const node = nodeFromServer(server, this.#options.lab);
      if (node === undefined) continue;
      const wrong =
        typeof node === "string" ? node : present.has(node.key) ? sameName(node, server) : undefined;
      if (wrong !== undefined) {
        problems.add(wrong);
        if (!this.#problems.has(wrong))
          this.#options.log("node-ignored", { server: server.id, problem: wrong });
      } else if (typeof node !== "string") {
        present.add(node.key);
        this.#machine(node).observe(serverView(server), began);
      }
    }
    this.#problems = problems;
    for (const machine of this.#machines.values()) {
      if (!present.has(machine.key)) machine.observe(undefined, began);
    }
    this.#forget(present);
  }

  #machine(node: CloudNode): NovaMachine {
    const before = this.#machines.get(node.key);
    if (before !== undefined && sameEndpoint(before.node, node)) {
      before.describe(node);
      return before;
    }
    if (before !== undefined) this.#remove(before);
    const machine = new NovaMachine(node, this.context);
    this.#machines.set(node.key, machine);
    this.#options.log("node-added", { node: node.key, server: node.uuid, strategy: node.strategy });
    this.#options.onAdded(machine);
    return machine;
  }

  /** Also what is only remembered, from before the agent was started. */
  #forget(present: ReadonlySet<string>): void {
    for (const key of new Set([...this.#machines.keys(), ...this.context.store.keys()])) {
      const missed = present.has(key) ? 0 : (this.#missed.get(key) ?? 0) + 1;
      if (missed < mostMissed) {
        if (missed === 0) this.#missed.delete(key);
        else this.#missed.set(key, missed);
        continue;
      }
      this.#missed.delete(key);
      const machine = this.#machines.get(key);
      if (machine !== undefined) this.#remove(machine);
      void this.#drop(key);
    }
  }

  /** With the image of its CD-ROM, which nothing else would ever delete. */
  async #drop(key: string): Promise<void> {
    const { session, store, signal, log } = this.context;
    const image = store.get(key)?.medium?.image;
    try {
      if (image !== undefined) await deleteImage(session, image, signal);
      await store.set(key, undefined);
    } catch (error) {
      log("node-not-forgotten", { node: key, error: (error as Error).message });
    }
  }

  #remove(machine: NovaMachine): void {
    this.#machines.delete(machine.key);
    machine.retire();
    this.#options.log("node-removed", { node: machine.key, server: machine.uuid });
    this.#options.onRemoved(machine);
  }

  #activity(): "urgent" | "changing" | "none" {
    let doing: "changing" | "none" = "none";
    for (const machine of this.#machines.values()) {
      const one = machine.activity();
      if (one === "urgent") return "urgent";
      if (one === "changing") doing = "changing";
    }
    return doing;
  }
}

function sameName({ key }: CloudNode, server: Server): string {
  return `Server ${server.name} (${server.id}) is a second one for node ${key}: delete one of them.`;
}

function sameEndpoint(one: CloudNode, other: CloudNode): boolean {
  return (
    one.uuid === other.uuid && one.ipmi.address === other.ipmi.address && one.ipmi.port === other.ipmi.port
  );
}
