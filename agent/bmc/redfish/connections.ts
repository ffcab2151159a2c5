import type { Server, Socket } from "node:net";
import { ByAddress } from "../../service/byAddress";

/** Of all clients together; a conductor of Ironic keeps one for each node that it asks. */
const mostConnections = 1024;

interface Connection {
  readonly socket: Socket;
  readonly address: string;
}

/**
 * Connections there are. When there are too many, the address that has most of them gives up its oldest: who opens them by
 * the thousand, and says nothing on them, makes room for others and locks nobody out.
 */
export class Connections {
  readonly #open = new ByAddress<Connection>();
  #count = 0;
  readonly #most: number;

  constructor(most: number = mostConnections) {
    this.#most = most;
  }

  /** @param server one of several that count together */
  watch(server: Server): void {
    server.on("connection", (socket: Socket) => this.#add(socket));
  }

  #add(socket: Socket): void {
    // Kept, as a socket that is closed has none any more.
    const connection = { socket, address: socket.remoteAddress ?? "" };
    if (this.#count >= this.#most) this.#makeRoom();
    this.#open.add(connection.address, connection);
    this.#count++;
    socket.once("close", () => this.#forget(connection));
  }

  #makeRoom(): void {
    const oldest = this.#open.oldestOfMost();
    if (oldest === undefined) return;
    this.#forget(oldest);
    oldest.socket.destroy();
  }

  #forget(connection: Connection): void {
    if (this.#open.delete(connection.address, connection)) this.#count--;
  }
}
