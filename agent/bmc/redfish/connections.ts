import type { Server, Socket } from "node:net";

/** Of all clients together; a conductor of Ironic keeps one for each node that it asks. */
const MOST = 1024;

/**
 * Connections there are. When there are too many, the address that has most of them gives up its oldest: who opens them by
 * the thousand, and says nothing on them, makes room for others and locks nobody out.
 */
export class Connections {
  /** By address, the oldest first. */
  readonly #open = new Map<string, Set<Socket>>();
  #count = 0;

  constructor(private readonly most = MOST) {}

  /** @param server one of several that count together */
  watch(server: Server): void {
    server.on("connection", (socket: Socket) => this.#add(socket));
  }

  #add(socket: Socket): void {
    const address = socket.remoteAddress ?? "";
    if (this.#count >= this.most) this.#makeRoom();
    const own = this.#open.get(address) ?? new Set();
    this.#open.set(address, own.add(socket));
    this.#count++;
    socket.once("close", () => {
      if (!own.delete(socket)) return;
      this.#count--;
      if (own.size === 0 && this.#open.get(address) === own) this.#open.delete(address);
    });
  }

  #makeRoom(): void {
    let most: Set<Socket> | undefined;
    for (const own of this.#open.values()) if (own.size > (most?.size ?? 0)) most = own;
    const [oldest] = most ?? [];
    if (oldest === undefined) return;
    most?.delete(oldest);
    this.#count--;
    oldest.destroy();
  }
}
