import type { Log } from "../service/log";
import { type Pauses, RetryingListener } from "../service/retryingListener";
import type { NovaMachine } from "./cloud/novaMachine";
import type { RedfishServer } from "./redfish/server";

export interface RedfishViewsOptions {
  readonly server: RedfishServer;
  /** Of HTTPS or HTTP, where a node has an address of its own: pyghmi knows no other. */
  readonly ownPort: number;
  /** For nodes whose tags name none. */
  readonly address: string;
  readonly log: Log;
  readonly pauses?: Pauses;
}

/** Where the Redfish view of one node is, or is to be. */
export interface RedfishView {
  readonly node: string;
  readonly address: string;
  readonly port: number;
}

/**
 * For each node a way into Redfish that shows it alone: at its own address, or else at the TCP port that has the number of
 * its IPMI's UDP port.
 */
export class RedfishViews {
  readonly #bindings = new Map<NovaMachine, RetryingListener>();
  readonly #closing = new Set<Promise<void>>();
  readonly #options: RedfishViewsOptions;

  constructor(options: RedfishViewsOptions) {
    this.#options = options;
  }

  add(machine: NovaMachine): void {
    const { server, log, pauses } = this.#options;
    const { address, port } = this.of(machine);
    const at = { address, port };
    const { key } = machine;
    const listener = { listen: () => server.listenFor(key, at), close: () => server.closeFor(key) };
    const fields = { protocol: "redfish", node: key, ...at };
    this.#bindings.set(machine, new RetryingListener(listener, log, fields, pauses));
  }

  remove(machine: NovaMachine): void {
    const binding = this.#bindings.get(machine);
    if (binding === undefined) return;
    this.#bindings.delete(machine);
    const closing = binding.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  of({ key, node }: NovaMachine): RedfishView {
    const { address } = node.ipmi;
    return {
      node: key,
      address: address ?? this.#options.address,
      port: address === undefined ? node.ipmi.port : this.#options.ownPort,
    };
  }

  async close(): Promise<void> {
    for (const machine of [...this.#bindings.keys()]) this.remove(machine);
    await Promise.all(this.#closing);
  }
}
