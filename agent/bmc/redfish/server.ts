import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Log } from "../../service/log";
import { credentials } from "./credentials";
import { handle } from "./handle";
import type { RedfishNode } from "./node";
import { ROOT } from "./resource";
import type { Reply, Service } from "./service";
import { Sessions } from "./sessions";

export interface RedfishOptions {
  /** Asked at each request: nodes may come and go. */
  readonly machines: () => Iterable<RedfishNode>;
  readonly username: string;
  readonly password: string;
  /** PEM. Without it: plain HTTP, which shows the password to who can listen. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly log: Log;
}

/** Milliseconds that a client has for what a small request takes, so that slow ones don't pile up. */
const LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 15_000,
  connectionsCheckingInterval: 1_000,
  handshakeTimeout: 10_000,
};
/** A socket on which nothing moves: a client that does not read its answer. Longer than any client waits for a change. */
const IDLE = 120_000;
/** One address has no use for more: Ironic's conductors open one each per request. */
const CONNECTIONS = 1024;

/** The nodes' Redfish service (DSP0266), one for all of them. */
export class RedfishServer {
  private readonly service: Service;
  private server?: Server;

  /** @throws Error when user name or password is empty */
  constructor(private readonly options: RedfishOptions) {
    const { machines, username, password, log } = options;
    const isKnown = credentials(username, password);
    this.service = { machines, username, isKnown, sessions: new Sessions(), log };
  }

  /**
   * @param port 0 for any that is free
   * @throws Error (EADDRINUSE, EACCES, a certificate that OpenSSL can't read)
   */
  async listen({ address, port }: { address: string; port: number }): Promise<AddressInfo> {
    const { tls } = this.options;
    const answer = (request: IncomingMessage, response: ServerResponse): void =>
      void this.answer(request, response);
    const server = tls
      ? createHttpsServer({ ...LIMITS, ...tls, minVersion: "TLSv1.2" }, answer)
      : createHttpServer(LIMITS, answer);
    server.setTimeout(IDLE);
    server.maxConnections = CONNECTIONS;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: address, port }, () => {
        server.off("error", reject);
        server.on("error", ({ message }) => this.service.log("redfish.socket_error", { reason: message }));
        resolve();
      });
    });
    this.server = server;
    return server.address() as AddressInfo;
  }

  /** Ends open connections as well. */
  async close(): Promise<void> {
    const server = this.server;
    if (server === undefined) return;
    this.server = undefined;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    const reply = await handle(this.service, request);
    if (!response.destroyed) send(request, response, reply);
    // Reads are many and tell nothing; what changes something, and what went wrong, is worth a line.
    if ((request.method !== "GET" && request.method !== "HEAD") || reply.status >= 500) {
      const path = (request.url ?? "").split("?")[0]!.slice(0, 200);
      this.service.log("redfish.request", {
        method: request.method,
        path,
        ...nodeOf(path),
        status: reply.status,
        ms: Math.round(performance.now() - started),
      });
    }
  }
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Reply): void {
  const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
  const kind = typeof body === "string" ? "application/xml" : "application/json";
  response.writeHead(status, {
    "OData-Version": "4.0",
    "Cache-Control": "no-store",
    ...(text !== "" && { "Content-Type": `${kind};charset=utf-8` }),
    ...(status !== 204 && status !== 304 && { "Content-Length": Buffer.byteLength(text) }),
    ...headers,
  });
  response.end(request.method === "HEAD" ? undefined : text);
}

function nodeOf(path: string): { node?: string } {
  const key = path.startsWith(`${ROOT}/`)
    ? /^(?:Systems|Managers)\/([^/]+)/.exec(path.slice(ROOT.length + 1))?.[1]
    : undefined;
  return key === undefined ? {} : { node: key };
}
