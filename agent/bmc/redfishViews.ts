import { Listeners } from "../service/listeners";
import type { Log } from "../service/log";
import type { Pauses } from "../service/retryingListener";
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
  readonly #listeners: Listeners<NovaMachine>;
  readonly #options: RedfishViewsOptions;

  constructor(options: RedfishViewsOptions) {
    this.#options = options;
    this.#listeners = new Listeners(options.log, options.pauses);
  }

  add(machine: NovaMachine): void {
    const { server } = this.#options;
    const { address, port } = this.of(machine);
    const at = { address, port };
    const { key } = machine;
    const listener = { listen: () => server.listenFor(key, at), close: () => server.closeFor(key) };
    this.#listeners.add(machine, listener, { protocol: "redfish", node: key, ...at });
  }

  remove(machine: NovaMachine): void {
    this.#listeners.remove(machine);
  }

  of({ key, node }: NovaMachine): RedfishView {
    const { address } = node.ipmi;
    return {
      node: key,
      address: address ?? this.#options.address,
      port: address === undefined ? node.ipmi.port : this.#options.ownPort,
    };
  }

  close(): Promise<void> {
    return this.#listeners.close();
  }
}
