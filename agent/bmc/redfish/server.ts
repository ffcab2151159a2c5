import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import {
  type AddressInfo,
  createServer as createNetServer,
  type Server as NetServer,
  type Socket,
} from "node:net";
import type { Duplex } from "node:stream";
import { type Hindrance, MachineBusy } from "../../nova/machine";
import { LimitedLog } from "../../service/limitedLog";
import type { Log } from "../../service/log";
import { Connections } from "./connections";
import { credentials } from "./credentials";
import { handle } from "./handle";
import type { RedfishNode } from "./node";
import { busy, Refusal } from "./refusal";
import { root } from "./resource";
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
  /** See `Service`. */
  readonly resetManager?: (node: string) => void;
}

/** Milliseconds that a client has for what a small request takes, so that slow ones don't pile up. */
const limits = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 15_000,
  connectionsCheckingInterval: 1_000,
  handshakeTimeout: 10_000,
};
/** A socket on which nothing moves: a client that does not read its answer. Longer than any client waits for a change. */
const idleMs = 120_000;

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** The nodes' Redfish service (DSP0266): one for all of them, and beside it a view of each node that shows that one alone. */
export class RedfishServer {
  readonly #service: Service;
  readonly #strangers: LimitedLog;
  #server?: Server;
  /** What closes a node's own way in, by key; and whose each is, by "ADDRESS PORT". */
  readonly #views = new Map<string, () => void>();
  readonly #viewOf = new Map<string, string>();
  readonly #options: RedfishOptions;

  /** @throws Error when user name or password is empty */
  constructor(options: RedfishOptions) {
    this.#options = options;
    const { machines, username, password, log, resetManager } = options;
    const isKnown = credentials(username, password);
    const passwordRefused = new LimitedLog(log, "redfish.password_refused");
    this.#service = {
      machines,
      username,
      isKnown,
      sessions: new Sessions(),
      log,
      passwordRefused,
      resetManager,
    };
    this.#strangers = new LimitedLog(log, "redfish.refused");
  }

  /**
   * @param port 0 for any that is free
   * @throws Error (EADDRINUSE, EACCES, a certificate that OpenSSL can't read)
   */
  async listen(at: Endpoint): Promise<AddressInfo> {
    const { tls } = this.#options;
    const answer = (request: IncomingMessage, response: ServerResponse): void =>
      void this.#answer(request, response);
    const server = tls
      ? createHttpsServer({ ...limits, ...tls, minVersion: "TLSv1.2" }, answer)
      : createHttpServer(limits, answer);
    server.setTimeout(idleMs);
    server.on("clientError", refuseMalformed);
    new Connections().watch(server);
    await this.#bind(server, at);
    this.#server = server;
    return server.address() as AddressInfo;
  }

  /**
   * A node's own way in: who comes by it finds that node and no other, so that a client that names no system, as on a real
   * BMC, gets its own. Costs a listening socket: the connections are the service's.
   * @throws Error as listen(), and before that has returned
   */
  async listenFor(node: string, at: Endpoint): Promise<AddressInfo> {
    const server = this.#server;
    if (server === undefined) throw new Error("the Redfish service itself does not listen yet");
    const sockets = new Set<Socket>();
    const view = createNetServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      server.emit("connection", socket);
    });
    await this.#bind(view, at);
    const bound = view.address() as AddressInfo;
    this.#views.set(node, () => {
      view.close();
      // Who came in by it must not go on and find the others.
      for (const socket of sockets) socket.destroy();
      this.#viewOf.delete(`${bound.address} ${bound.port}`);
    });
    this.#viewOf.set(`${bound.address} ${bound.port}`, node);
    return bound;
  }

  async closeFor(node: string): Promise<void> {
    this.#views.get(node)?.();
    this.#views.delete(node);
  }

  async #bind(server: NetServer, { address, port }: Endpoint): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: address, port }, () => {
        server.off("error", reject);
        server.on("error", ({ message }) => this.#service.log("redfish.socket_error", { reason: message }));
        resolve();
      });
    });
  }

  /** The service as who came in by this socket sees it. */
  #seenBy({ localAddress, localPort }: Socket): Service {
    const own = [localAddress, "0.0.0.0", "::"].map((address) => this.#viewOf.get(`${address} ${localPort}`));
    const key = own.find((each) => each !== undefined);
    if (key === undefined) return this.#service;
    const { machines } = this.#service;
    return { ...this.#service, machines: () => [...machines()].filter((node) => node.key === key) };
  }

  /** Ends open connections as well. */
  async close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    for (const node of [...this.#views.keys()]) await this.closeFor(node);
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    const { method } = request;
    const path = (request.url ?? "").split("?")[0]!.slice(0, 200);
    const service = this.#seenBy(request.socket);
    const { ms = 0, answer } = hindranceOf(service, path) ?? {};
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms).unref());
    if (answer === "none") return;
    if (answer === "lost") return void request.socket.destroy();
    const reply = answer ? faulty[answer] : await handle(service, request);
    if (!response.destroyed) send(request, response, reply);
    const { status } = reply;
    // Reads are many and tell nothing; what changes something, and what went wrong, is worth a line. To strangers: one of many.
    const isRead = method === "GET" || method === "HEAD";
    if (reply.isKnown || status < 300 || status >= 500) {
      const ms = Math.round(performance.now() - started);
      if (!isRead || status >= 500) {
        this.#service.log("redfish.request", { method, path, ...nodeOf(path), status, ms });
      }
    } else if (!isRead) this.#strangers.say({ from: request.socket.remoteAddress, method, path, status });
  }
}

/** As Node does without it, but for a method that it does not know: DSP0266 wants 501 and an error's body. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = statusOf[error.code ?? ""] ?? 400;
  const { body } = new Refusal(status === 501 ? "OperationNotAllowed" : "UnrecognizedRequestBody");
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nOData-Version: 4.0\r\nConnection: close\r\n` +
      `Content-Type: application/json;charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
}

const statusOf: Readonly<Record<string, number>> = {
  HPE_INVALID_METHOD: 501,
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

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

/** Of the node that a request is about: the path's, or the one that there is. */
function hindranceOf({ machines }: Service, path: string): Hindrance | undefined {
  const all = [...machines()];
  const key = /^\/redfish\/v1\/(?:Systems|Managers|Chassis)\/([^/]+)/.exec(path)?.[1];
  const node =
    all.find((one) => one.key === key || one.uuid === key) ?? (all.length === 1 ? all[0] : undefined);
  return node?.hindrance?.();
}

const faulty: Readonly<Record<"busy" | "error", Reply>> = {
  busy: busy(new MachineBusy("A fault that was wished for.")),
  error: new Refusal("InternalError"),
};

function nodeOf(path: string): { node?: string } {
  const key = path.startsWith(`${root}/`)
    ? /^(?:Systems|Managers)\/([^/]+)/.exec(path.slice(root.length + 1))?.[1]
    : undefined;
  return key === undefined ? {} : { node: key };
}
