import { readFileSync } from "node:fs";
import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { isIPv6 } from "node:net";
import type { Duplex } from "node:stream";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { rootCertificates, connect as tlsConnect } from "node:tls";
import type { AuthOptions } from "./auth";
import { type ProxyChoice, proxyFor } from "./proxy";

/** What of a response is used here. */
export type SimpleFetch = (
  url: string,
  init: RequestInit,
) => Promise<Pick<Response, "status" | "headers" | "text">>;

/**
 * How to send requests to a cloud. Node's own fetch takes no CA, no proxy and no leave to skip the check, so that a cloud that
 * needs one of these is asked over node:http.
 */
export function fetchFor(auth: AuthOptions): SimpleFetch {
  if (auth.caFile === undefined && auth.verify && auth.proxy === undefined) return fetch;
  const agents = new Agents(auth);
  return (url, init) => send(agents, new URL(url), init);
}

type TlsSettings = { ca?: string[]; rejectUnauthorized: boolean };

/** Connections by where they lead; kept while they are of use. */
class Agents {
  #tls: TlsSettings | undefined;
  readonly #agents = new Map<string, HttpAgent>();

  constructor(readonly auth: AuthOptions) {}

  /** @throws Error where the CA's file cannot be read */
  get tls(): TlsSettings {
    this.#tls ??= { ...authorities(this.auth.caFile), rejectUnauthorized: this.auth.verify };
    return this.#tls;
  }

  /** @param proxy to go through; absent: directly */
  of(protocol: string, proxy: URL | undefined): HttpAgent {
    const key = `${protocol} ${proxy?.href ?? ""}`;
    const made = this.#agents.get(key) ?? this.#make(protocol, proxy);
    this.#agents.set(key, made);
    return made;
  }

  #make(protocol: string, proxy: URL | undefined): HttpAgent {
    if (protocol === "https:" && proxy) return new TunnelAgent(proxy, this.tls);
    const secure = (proxy?.protocol ?? protocol) === "https:";
    return secure ? new HttpsAgent({ keepAlive: true, ...this.tls }) : new HttpAgent({ keepAlive: true });
  }
}

function authorities(caFile: string | undefined): { ca?: string[] } {
  if (caFile === undefined) return {};
  // The provider takes the certificate itself as well.
  const own = caFile.includes("-----BEGIN")
    ? caFile
    : certificates("OS_CACERT (cacert in clouds.yaml)", caFile);
  const more = process.env.NODE_EXTRA_CA_CERTS;
  return { ca: [...rootCertificates, own, ...(more ? [certificates("NODE_EXTRA_CA_CERTS", more)] : [])] };
}

function certificates(variable: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw Object.assign(new Error(`${variable} names ${file}, which cannot be read (${code})`), {
      code: "ECAFILE",
    });
  }
}

async function send(agents: Agents, url: URL, init: RequestInit): ReturnType<SimpleFetch> {
  const choice = proxyFor(agents.auth.proxy, url);
  const proxy = choice && proxyUrl(choice);
  const headers = Object.fromEntries(new Headers(init.headers));
  const target: RequestOptions =
    proxy && url.protocol === "http:"
      ? { ...place(proxy), path: url.href, headers: { host: url.host, ...authorization(proxy), ...headers } }
      : { ...place(url), path: `${url.pathname}${url.search}`, headers };
  const secure = target.protocol === "https:";
  const options: RequestOptions = {
    ...target,
    method: init.method,
    agent: agents.of(url.protocol, proxy),
    signal: init.signal ?? undefined,
  };
  const request = (secure ? httpsRequest : httpRequest)(options);
  const answered = new Promise<IncomingMessage>((resolve, reject) =>
    request.once("response", resolve).once("error", reject),
  );
  const { body } = init;
  // A service may answer, and close, before it has read a large body: its answer counts.
  if (body instanceof ReadableStream) pipeline(Readable.fromWeb(body as never), request).catch(() => {});
  else request.end(body as string | Uint8Array | undefined);
  const response = await answered;
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const pairs = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
  const text = Buffer.concat(chunks).toString();
  return {
    status: response.statusCode!,
    headers: new Headers(pairs as [string, string][]),
    text: async () => text,
  };
}

function place(url: URL): RequestOptions {
  return {
    protocol: url.protocol,
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port || undefined,
  };
}

function proxyUrl({ url: secret, variable }: ProxyChoice): URL {
  const url = secret.reveal();
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`;
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  // Not the URL itself: it may hold a password.
  if (!parsed || !["http:", "https:"].includes(parsed.protocol))
    throw Object.assign(new Error(`${variable} is no http or https URL, and no other proxy is known here`), {
      code: "EPROXY",
    });
  return parsed;
}

function authorization({ username, password }: URL): Record<string, string> {
  if (username === "") return {};
  const both = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(both).toString("base64")}` };
}

/** TLS to the cloud through a tunnel that the proxy makes (RFC 9110, CONNECT). */
class TunnelAgent extends HttpsAgent {
  readonly #proxy: URL;
  readonly #tls: TlsSettings;

  constructor(proxy: URL, tls: TlsSettings) {
    super({ keepAlive: true });
    this.#proxy = proxy;
    this.#tls = tls;
  }

  override createConnection(
    options: RequestOptions & { servername?: string },
    callback: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const host = options.host ?? "";
    const target = `${isIPv6(host) ? `[${host}]` : host}:${options.port}`;
    const fail = (error: Error) => callback(error, undefined as never);
    const request = (this.#proxy.protocol === "https:" ? httpsRequest : httpRequest)({
      ...place(this.#proxy),
      ...(this.#proxy.protocol === "https:" && this.#tls),
      method: "CONNECT",
      path: target,
      headers: { host: target, ...authorization(this.#proxy) },
    });
    request.once("error", fail);
    request.once("connect", ({ statusCode }, socket) => {
      if (statusCode !== 200) {
        socket.destroy();
        fail(Object.assign(new Error(`the proxy answers ${statusCode} to a tunnel`), { code: "EPROXY" }));
        return;
      }
      const secured = tlsConnect({ socket, host, servername: options.servername, ...this.#tls });
      secured.once("error", fail).once("secureConnect", () => {
        secured.removeListener("error", fail);
        callback(null, secured);
      });
    });
    request.end();
    return undefined;
  }
}
