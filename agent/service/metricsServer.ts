import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { metricsText, type Row } from "./metricsText";

/** What is watched. */
export interface Watched {
  readonly metrics: () => readonly Row[];
  /** Not ok: /healthz answers 503. */
  readonly health: () => { readonly ok: boolean };
}

export interface Page {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Undefined: it is none of them. */
export type MorePages = (request: IncomingMessage, path: string) => Promise<Page | undefined>;

/** /metrics and /healthz, for this machine alone: neither asks for a password. */
export class MetricsServer {
  #server: Server | undefined;
  readonly #watched: Watched;
  readonly #more: MorePages | undefined;

  /** @param more other pages */
  constructor(watched: Watched, more?: MorePages) {
    this.#watched = watched;
    this.#more = more;
  }

  async listen(port: number): Promise<AddressInfo> {
    const server = createServer(async (request, response) => {
      const path = (request.url ?? "").split("?")[0]!;
      const isRead = request.method === "GET" || request.method === "HEAD";
      const other = await this.#more?.(request, path);
      const { status, type, text } = other ?? (isRead ? this.#page(path) : page(405, "GET only\n"));
      response.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(text) });
      response.end(request.method === "HEAD" ? undefined : text);
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: "127.0.0.1", port }, () => resolve());
    });
    this.#server = server;
    return server.address() as AddressInfo;
  }

  async close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  #page(path: string): Page {
    if (path === "/metrics")
      return page(200, metricsText(this.#watched.metrics()), "text/plain; version=0.0.4");
    if (path !== "/healthz") return page(404, "/metrics or /healthz\n");
    const health = this.#watched.health();
    return page(health.ok ? 200 : 503, `${JSON.stringify(health)}\n`, "application/json");
  }
}

function page(status: number, text: string, type = "text/plain"): Page {
  return { status, type: `${type}; charset=utf-8`, text };
}
