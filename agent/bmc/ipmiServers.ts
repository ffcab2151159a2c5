import type { Secret } from "../../openstack/secret";
import { Listeners } from "../service/listeners";
import type { Log } from "../service/log";
import type { Pauses } from "../service/retryingListener";
import type { NovaMachine } from "./cloud/novaMachine";
import { IpmiServer } from "./ipmi/ipmiServer";

export interface IpmiServersOptions {
  /** For nodes whose tags name none. */
  readonly address: string;
  readonly username: string;
  readonly password: Secret;
  readonly log: Log;
  readonly pauses?: Pauses;
}

/** Where a node's IPMI is, or is to be. */
export interface IpmiEndpoint {
  readonly node: string;
  readonly address: string;
  readonly port: number;
  readonly listening: boolean;
}

interface One {
  readonly server: IpmiServer;
  readonly address: string;
  readonly port: number;
}

/** An IPMI server for each node there is; none of them minds what happens to another. */
export class IpmiServers {
  readonly #servers = new Map<NovaMachine, One>();
  readonly #listeners: Listeners<NovaMachine>;
  #dropped = 0;
  readonly #options: IpmiServersOptions;

  constructor(options: IpmiServersOptions) {
    this.#options = options;
    this.#listeners = new Listeners(options.log, options.pauses);
  }

  add(machine: NovaMachine): void {
    const { username, password, log } = this.#options;
    const { address = this.#options.address, port } = machine.node.ipmi;
    const server = new IpmiServer({ machine, username, password: password.reveal(), log });
    const listener = { listen: () => server.listen({ address, port }), close: () => server.close() };
    this.#servers.set(machine, { server, address, port });
    this.#listeners.add(machine, listener, { protocol: "ipmi", node: machine.key, address, port });
  }

  /** As IPMI's cold reset: the node's sessions end. */
  reset(node: string): void {
    for (const [{ key }, { server }] of this.#servers) if (key === node) server.reset();
  }

  /** Its sessions end; those of others do not notice. */
  remove(machine: NovaMachine): void {
    const one = this.#servers.get(machine);
    if (one === undefined) return;
    this.#servers.delete(machine);
    this.#dropped += one.server.dropped;
    this.#listeners.remove(machine);
  }

  async close(): Promise<void> {
    for (const machine of [...this.#servers.keys()]) this.remove(machine);
    await this.#listeners.close();
  }

  /** Until each of those there are now was tried once, whatever came of it. */
  tried(): Promise<void> {
    return this.#listeners.tried();
  }

  /** Sorted by node. */
  endpoints(): IpmiEndpoint[] {
    return [...this.#servers]
      .map(([machine, { address, port }]) => ({
        ...{ node: machine.key, address, port },
        listening: this.#listeners.isListening(machine),
      }))
      .sort((a, b) => a.node.localeCompare(b.node, "en", { numeric: true }));
  }

  /** Sessions there are now; datagrams that got no answer since the start. */
  counts(): { sessions: number; dropped: number } {
    let sessions = 0;
    let dropped = this.#dropped;
    for (const { server } of this.#servers.values()) {
      sessions += server.sessions;
      dropped += server.dropped;
    }
    return { sessions, dropped };
  }
}
