import { createConnection, createServer, type Server, type Socket } from "node:net";

/** A TCP port of 127.0.0.1 whose connections go on to a Unix socket. */
export class Relay {
  readonly #server: Server;
  readonly #open: ReadonlySet<Socket>;

  private constructor(
    server: Server,
    readonly port: number,
    open: ReadonlySet<Socket>,
  ) {
    this.#server = server;
    this.#open = open;
  }

  /**
   * @param port 0: any that is free
   * @param socket path; where nothing listens, a client's connection ends at once
   * @throws Error where the port is taken, or not this user's to take
   */
  static listen(port: number, socket: string): Promise<Relay> {
    const open = new Set<Socket>();
    // Half-open: a client that has said all may still be answered.
    const server = createServer({ allowHalfOpen: true }, (client) => {
      const inner = createConnection({ path: socket, allowHalfOpen: true });
      for (const [one, other] of [
        [client, inner],
        [inner, client],
      ] as const) {
        open.add(one);
        one.on("error", () => other.destroy());
        one.on("close", () => {
          open.delete(one);
          if (one.errored) other.destroy();
        });
        one.pipe(other);
      }
    });
    return new Promise((resolve, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) => reject(new Error(explain(port, error))));
      server.listen({ port, host: "127.0.0.1" }, () =>
        resolve(new Relay(server, (server.address() as { port: number }).port, open)),
      );
    });
  }

  /** Ends it, and what goes through it. */
  close(): Promise<void> {
    for (const one of this.#open) one.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

function explain(port: number, { code, message }: NodeJS.ErrnoException): string {
  const other = `LOCAL:TARGET takes another, such as ${port < 50_000 ? port + 10_000 : port - 10_000}:TARGET`;
  if (code === "EADDRINUSE") return `Port ${port} of 127.0.0.1 is taken: ${other}`;
  if (code === "EACCES") return `Port ${port} of 127.0.0.1 is root's: ${other}`;
  return message;
}
