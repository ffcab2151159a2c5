import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Agent, type RequestOptions, request } from "node:https";
import type { Duplex, Readable } from "node:stream";
import { connect } from "node:tls";
import { keepTrying, systemClock } from "../../process/until";

/** How to talk to a lab's Ironic: the stack's output of that name. */
export interface IronicEndpoint {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** SHA-256 of the public key of the server's certificate, base64. */
  readonly pin: string;
}

/** Ironic said no, in its own words. */
export class IronicError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = "IronicError";
  }
}

/** Nobody is at the endpoint, or who is there gave no answer. */
export class IronicUnreachable extends Error {
  /** @param lost whether the request was sent: what is missing may be its answer alone. */
  constructor(
    message: string,
    readonly lost = false,
  ) {
    super(message);
    this.name = "IronicUnreachable";
  }
}

export interface IronicClientOptions {
  readonly signal?: AbortSignal;
  /** Told why a call waits. */
  readonly report?: (line: string) => void;
  /** Milliseconds; see call(). @default 5 minutes: more than a reset undercloud, and than one answer, may take */
  readonly patienceMs?: number;
}

/** Of OpenStack 2024.1: config drives as JSON (1.56), inventories of inspections (1.81). */
const microversion = "1.89";
const pauseMs = 2000;
const connectMs = 60_000;
/** SQLite's own patience is 60 s (plan/guest/ironic/conf.ts), and a call takes its lock more than once. */
const answerMs = 180_000;

/** The few calls of Ironic's API that a lab takes. Passwords go only to who has the key that the pin names. */
export class IronicClient {
  readonly #agent: Agent;
  readonly #base: URL;
  readonly #signal: AbortSignal | undefined;
  readonly #report: (line: string) => void;
  readonly #patienceMs: number;
  readonly #endpoint: IronicEndpoint;

  constructor(
    endpoint: IronicEndpoint,
    { signal, report = () => {}, patienceMs = 300_000 }: IronicClientOptions = {},
  ) {
    this.#endpoint = endpoint;
    this.#signal = signal;
    this.#report = report;
    this.#patienceMs = patienceMs;
    this.#base = new URL(endpoint.url);
    this.#agent = new PinnedAgent(endpoint.pin);
  }

  /**
   * Waits while the node is locked by another task, while all workers are busy, and while nobody answers, unless the request
   * was sent and is no GET: whether that was taken is the caller's to find out.
   * @throws IronicError with Ironic's own words; IronicUnreachable; WrongKey for an impostor.
   */
  async call<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    let told = false;
    const isAway = (error: Error) => error instanceof IronicUnreachable && (method === "GET" || !error.lost);
    const isBusy = (error: Error) =>
      error instanceof IronicError && (error.status === 503 || isLocked(error));
    return keepTrying(() => this.#once<T>(method, path, jsonBody(body)), {
      ...{ clock: systemClock, pauseMs, timeoutMs: this.#patienceMs, signal: this.#signal },
      passes: (error) => isAway(error) || isBusy(error),
      waiting: (error) => {
        if (isAway(error) && !told) this.#report(`${error.message}: trying again`);
        told ||= isAway(error);
      },
    });
  }

  /**
   * Sends a file as a request's body; tried again where nobody answers.
   * @param sent told now and then how many bytes are through
   */
  async upload(path: string, file: string, sent: (bytes: number) => void = () => {}): Promise<void> {
    await keepTrying(
      async () => {
        const { size } = await stat(file);
        const content = createReadStream(file, { signal: this.#signal });
        let bytes = 0;
        content.on("data", (part) => {
          bytes += part.length;
          sent(bytes);
        });
        await this.#once("PUT", path, { content, size, type: "application/octet-stream" });
      },
      {
        ...{ clock: systemClock, pauseMs, timeoutMs: this.#patienceMs, signal: this.#signal },
        passes: (error) => error instanceof IronicUnreachable,
      },
    );
  }

  /** Waits until the API answers. @param waiting is called now and then with why it does not. */
  async ready(timeoutMs: number, waiting: (why: string) => void): Promise<void> {
    await keepTrying(() => this.#once("GET", "/v1/nodes?limit=1"), {
      ...{ clock: systemClock, pauseMs, timeoutMs, signal: this.#signal },
      passes: (error) =>
        error instanceof IronicUnreachable || (error instanceof IronicError && error.status >= 500),
      waiting: (error) => waiting(error.message),
    });
  }

  #once<T>(method: string, path: string, body?: Body): Promise<T> {
    const { username, password } = this.#endpoint;
    const options: RequestOptions = {
      method,
      agent: this.#agent,
      auth: `${username}:${password}`,
      timeout: answerMs,
      signal: this.#signal,
      headers: {
        accept: "application/json",
        connection: "close",
        "x-openstack-ironic-api-version": microversion,
        ...(body && { "content-type": body.type, "content-length": body.size }),
      },
    };
    return new Promise((resolve, reject) => {
      let connected = false;
      const unreachable = (why: string) =>
        reject(new IronicUnreachable(`${this.#base.origin} does not answer: ${why}`, connected));
      const sent = request(new URL(path, this.#base), options, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("error", (error) => unreachable(error.message));
        answer.on("end", () => {
          const content = Buffer.concat(parts).toString();
          const status = answer.statusCode!;
          if (status >= 400) reject(new IronicError(status, reason(status, content)));
          else resolve((content === "" ? undefined : JSON.parse(content)) as T);
        });
      });
      sent.on("socket", () => {
        connected = true; // PinnedAgent hands out no other
      });
      sent.on("timeout", () => sent.destroy(new Error(`no answer in ${answerMs / 1000} s`)));
      sent.on("error", (error) => {
        if (this.#signal?.aborted) reject(this.#signal.reason);
        else if (error instanceof WrongKey) reject(error);
        else unreachable(error.message || (error as NodeJS.ErrnoException).code || "no connection");
      });
      if (typeof body?.content === "object") {
        body.content.on("error", (error) => sent.destroy(error));
        body.content.pipe(sent);
      } else sent.end(body?.content);
    });
  }
}

interface Body {
  readonly content: string | Readable;
  /** Bytes. */
  readonly size: number;
  readonly type: string;
}

function jsonBody(value: unknown): Body | undefined {
  if (value === undefined) return undefined;
  const content = JSON.stringify(value);
  return { content, size: Buffer.byteLength(content), type: "application/json" };
}

export class WrongKey extends Error {}

/** Connections to whoever has the key, and to nobody else; nothing is sent before that is known. */
class PinnedAgent extends Agent {
  readonly #pin: string;

  constructor(pin: string) {
    super({ keepAlive: false });
    this.#pin = pin;
  }

  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const done = callback as (error: Error | null, stream?: Duplex) => void;
    const socket = connect({
      host: String(options.host),
      port: Number(options.port),
      rejectUnauthorized: false, // there is no authority: the key itself is known
    });
    const failed = (error: Error) => done(error);
    socket.once("error", failed);
    socket.setTimeout(connectMs, () => socket.destroy(new Error(`no connection in ${connectMs / 1000} s`)));
    socket.once("secureConnect", () => {
      socket.removeAllListeners("timeout").setTimeout(0);
      socket.off("error", failed);
      const key = socket.getPeerX509Certificate()?.publicKey.export({ format: "der", type: "spki" });
      const pin = key && createHash("sha256").update(key).digest("base64");
      if (pin === this.#pin) return done(null, socket);
      socket.destroy();
      done(
        new WrongKey(
          `${options.host}:${options.port} is not this lab's Ironic: its key is another. Nothing was sent to it.`,
        ),
      );
    });
    return undefined;
  }
}

function isLocked({ status, message }: IronicError): boolean {
  return status === 409 && /is locked by host/i.test(message);
}

/** Ironic's fault string: JSON in JSON, as WSME has it. */
function reason(status: number, content: string): string {
  try {
    const { error_message: raw } = JSON.parse(content) as {
      error_message?: string | { faultstring?: string };
    };
    const fault = typeof raw === "string" ? (JSON.parse(raw) as { faultstring?: string }) : raw;
    if (fault?.faultstring) return fault.faultstring;
  } catch {
    // not Ironic's own: what it is says the status
  }
  if (status === 401) return "Ironic refuses the user name or password";
  return `HTTP ${status}: ${content.slice(0, 200)}`;
}
