import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
  request as send,
} from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * What happens to a request. "lost": the service acts on it and its answer never comes. "expired": the service says that
 * the token is no longer good, as Keystone's middleware does. "404": it answers from a replica that lags behind.
 */
export type FaultKind = "404" | "500" | "409" | "429" | "reset" | "lost" | "slow" | "expired";

/** @param path with the service's port in front, such as ":9696/v2.0/ports" */
export type Faults = (method: string, path: string) => FaultKind | undefined;

/** What a service itself does not answer to a question, because only a change can conflict. */
const changes = ["POST", "PUT", "PATCH", "DELETE"];

/** mulberry32: the same seed, the same faults for the same order of requests. */
function random(state: number): () => number {
  let a = state;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Faults at a share (0 to 1) of all requests, kinds in turn by chance. Logging in is spared the 409. */
export function seededFaults(seed: number, share: number, kinds: readonly FaultKind[]): Faults {
  const next = random(seed);
  return (method, path) => {
    const [hit, which] = [next(), next()];
    if (hit >= share) return undefined;
    const kind = kinds[Math.floor(which * kinds.length)]!;
    if (kind === "409" && (!changes.includes(method) || path.endsWith("/auth/tokens"))) return "500";
    // Who logs in has no token yet.
    return kind === "expired" && path.endsWith("/auth/tokens") ? "slow" : kind;
  };
}

/**
 * Each first look at a resource finds nothing, as on a cloud that reads from a replica of its database that lags behind: once
 * for each of `collections` (such as ":9696/v2.0/networks"), which are struck off as they are met.
 */
export function laggingReplica(collections: Set<string>): Faults {
  const seen = new Set<string>();
  return (method, path) => {
    const [, collection] = /^(.+)\/[^/]+$/.exec(path) ?? [];
    if (method === "POST" && collections.has(path)) seen.add(path); // not what was there before
    if (method !== "GET" || !collection || !seen.has(collection) || !collections.delete(collection))
      return undefined;
    return "404";
  };
}

/**
 * A reverse proxy in front of a cloud's APIs that provokes faults. Clients log in at `authUrl`; each address of a service
 * in Keystone's answers (and in all other JSON) leads here as well, as /to/HOST:PORT/...
 */
export class FaultProxy {
  faults: Faults = () => undefined;
  /** "KIND METHOD path" of each fault that was provoked. */
  readonly provoked: string[] = [];
  /** "METHOD path" of each request. */
  readonly requests: string[] = [];
  readonly #server: Server;
  readonly #keystone: URL;

  private constructor(keystone: URL) {
    this.#keystone = keystone;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  /** @param authUrl the cloud's own OS_AUTH_URL, plain HTTP */
  static async start(authUrl: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(new URL(authUrl));
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** OS_AUTH_URL through the proxy. */
  get authUrl(): string {
    return this.#through(this.#keystone.href);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** "http://HOST:PORT/path" as it is reached here. */
  #through(text: string): string {
    const origin = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    const mine = origin.slice("http://".length);
    return text.replace(/http:\/\/([\w.-]+:\d+)/g, (whole, host) =>
      host === mine ? whole : `${origin}/to/${host}`,
    );
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, host, path = "/"] = /^\/to\/([\w.-]+:\d+)(\/.*)?$/.exec(request.url!) ?? [];
    if (host === undefined) {
      response.writeHead(404).end();
      return;
    }
    const what = `${request.method} :${host.split(":")[1]}${path.split("?")[0]}`;
    this.requests.push(what);
    const fault = this.faults(request.method!, `:${host.split(":")[1]}${path.split("?")[0]}`);
    if (fault) this.provoked.push(`${fault} ${what}`);
    switch (fault) {
      case "404":
        return refuse(request, response, 404, "The resource could not be found (provoked)");
      case "500":
        return refuse(request, response, 500, "The server has either erred or is incapable (provoked)");
      case "409":
        return refuse(request, response, 409, "The resource is busy (provoked)");
      case "429":
        return refuse(request, response, 429, "Too many requests (provoked)", { "Retry-After": "1" });
      case "expired":
        return refuse(request, response, 401, "The request you have made requires authentication.");
      case "reset":
        request.socket.resetAndDestroy();
        return;
      case "slow":
        await sleep(3000);
    }
    await this.#pass(request, response, host, path, fault === "lost");
  }

  #pass(
    request: IncomingMessage,
    response: ServerResponse,
    host: string,
    path: string,
    isLost: boolean,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const [hostname, port] = host.split(":");
      const headers = { ...request.headers, host, "accept-encoding": "identity" };
      const options = { hostname, port, path, method: request.method, headers, agent: false };
      const upstream = send(options, async (answer) => {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk as Buffer);
        if (isLost) {
          request.socket.resetAndDestroy();
          resolve();
          return;
        }
        const isJson = answer.headers["content-type"]?.includes("json");
        const body = isJson
          ? Buffer.from(this.#through(Buffer.concat(chunks).toString()))
          : Buffer.concat(chunks);
        response.writeHead(
          answer.statusCode!,
          answerHeaders(answer, body, (text) => this.#through(text)),
        );
        response.end(request.method === "HEAD" ? undefined : body);
        resolve();
      });
      upstream.on("error", reject);
      request.pipe(upstream);
    });
  }
}

function answerHeaders(
  { headers, statusCode }: IncomingMessage,
  body: Buffer,
  through: (text: string) => string,
): OutgoingHttpHeaders {
  const kept: OutgoingHttpHeaders = { ...headers };
  for (const name of ["connection", "transfer-encoding", "keep-alive"]) delete kept[name];
  if (typeof kept.location === "string") kept.location = through(kept.location);
  if (statusCode !== 204) kept["content-length"] = body.length;
  return kept;
}

/** Answers without the service. The body is read first: a client that still sends would see a reset. */
function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  message: string,
  headers: OutgoingHttpHeaders = {},
): void {
  request.resume();
  request.on("end", () => {
    response.writeHead(status, { "Content-Type": "application/json", ...headers });
    response.end(JSON.stringify({ error: { code: status, message } }));
  });
}
