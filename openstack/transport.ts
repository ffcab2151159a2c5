import { setTimeout as delay } from "node:timers/promises";
import { adviceForConnection, isCertificateFailure } from "./advice";
import type { AuthOptions } from "./auth";
import { OpenStackError, type RequestName } from "./error";
import { fetchFor, type SimpleFetch } from "./ownFetch";
import { backOff, retryAfter } from "./retry";
import type { Secret } from "./secret";

export type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";

/** The real world, as far as it is used here; every part has its real default. */
export interface Dependencies {
  fetch?: typeof fetch;
  /** Milliseconds. */
  now?: () => number;
  /** Rejects with the signal's reason when aborted. */
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Uniform in [0, 1). */
  random?: () => number;
}

/** What to send, and how long and how often to try. */
export interface Sending {
  /** Sent as the JSON body. */
  json?: unknown;
  /** Any other body, made anew for each attempt, because a stream can be read only once. */
  body?: () => RequestInit["body"];
  headers?: Record<string, string>;
  /** For one attempt, from sending to the last byte of the answer. @default 60 s */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Whether repeating the request does no harm. @default true for GET, HEAD, PUT and DELETE */
  idempotent?: boolean;
}

export interface Outgoing extends Sending {
  name: RequestName;
  method: Method;
  url: string;
  token?: Secret;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

const defaultTimeoutMs = 60_000;
/** With full jitter under 0.5, 1, 2 and 4 s: about 4 s on average before a dead service is reported. */
const attempts = 5;

/** HTTP with repetition: knows nothing of tokens' lives, catalogues or what a status means to the caller. */
export class Transport {
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly #fetch: SimpleFetch;
  readonly #random: () => number;
  readonly #auth: AuthOptions;

  constructor(auth: AuthOptions, dependencies: Dependencies) {
    this.#auth = auth;
    this.#fetch = dependencies.fetch ?? fetchFor(auth);
    this.now = dependencies.now ?? Date.now;
    this.#random = dependencies.random ?? Math.random;
    this.sleep = dependencies.sleep ?? sleepUnlessAborted;
  }

  /** Attempts until an answer comes that is not to be repeated; that answer may well be an error. */
  async send(request: Outgoing): Promise<Answer> {
    const idempotent = request.idempotent ?? ["GET", "HEAD", "PUT", "DELETE"].includes(request.method);
    for (let attempt = 0; ; attempt++) {
      const outcome = await this.#attempt(request);
      const last = attempt + 1 >= attempts;
      const failed =
        outcome instanceof OpenStackError
          ? { code: outcome.code }
          : {
              status: outcome.status,
              retryAfterMs: retryAfter(outcome.headers.get("retry-after"), this.now()),
            };
      const wait = last ? undefined : backOff(failed, attempt, idempotent, this.#random);
      if (wait === undefined) {
        if (outcome instanceof OpenStackError) throw outcome;
        return outcome;
      }
      await this.sleep(wait, request.signal);
    }
  }

  async #attempt(request: Outgoing): Promise<Answer | OpenStackError> {
    const { signal, timeoutMs = defaultTimeoutMs } = request;
    signal?.throwIfAborted();
    // By hand rather than AbortSignal.any, which leaks on Node 20 when one signal outlives many requests, as the agent's does.
    const controller = new AbortController();
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      controller.abort();
    }, timeoutMs);
    const abort = () => controller.abort();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      const response = await this.#fetch(request.url, {
        method: request.method,
        headers: {
          Accept: "application/json",
          ...(request.json === undefined ? {} : { "Content-Type": "application/json" }),
          ...request.headers,
          ...(request.token === undefined ? {} : { "X-Auth-Token": request.token.reveal() }),
        },
        body: request.json === undefined ? request.body?.() : JSON.stringify(request.json),
        // A redirect would carry X-Auth-Token to wherever it points.
        redirect: "manual",
        duplex: "half",
        signal: controller.signal,
      } as RequestInit);
      return { status: response.status, headers: response.headers, text: await response.text() };
    } catch (error) {
      signal?.throwIfAborted();
      return this.#noAnswer(request, error, timedOut ? timeoutMs : undefined);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }

  /** The cause is not attached: undici's errors can quote headers, and with them the token. */
  #noAnswer(request: Outgoing, error: unknown, timeoutMs: number | undefined): OpenStackError {
    const { origin } = new URL(request.url);
    if (timeoutMs !== undefined) {
      return new OpenStackError(request.name, {
        code: "ETIMEDOUT",
        detail: `${origin} gave no complete answer within ${timeoutMs / 1000} s`,
        advice: adviceForConnection("ETIMEDOUT", origin, this.#auth),
      });
    }
    const cause = rootCause(error);
    return new OpenStackError(request.name, {
      code: cause.code ?? "fetch failed",
      detail: this.scrub(
        isCertificateFailure(cause.code)
          ? `certificate refused, ${cause.message}`
          : cause.message || "no answer",
        request.token,
      ),
      advice: adviceForConnection(cause.code, origin, this.#auth),
    });
  }

  /** Takes our secrets out of a foreign text, should a service or proxy echo one. Shorter ones would only garble it. */
  scrub(text: string, token?: Secret): string {
    const { method } = this.#auth;
    const own =
      method.kind === "password" ? method.password : method.kind === "token" ? method.token : method.secret;
    return [own, token]
      .map((secret) => secret?.reveal() ?? "")
      .filter((secret) => secret.length >= 4)
      .reduce((result, secret) => result.replaceAll(secret, "[secret]"), text);
  }
}

async function sleepUnlessAborted(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

function rootCause(error: unknown): { code?: string; message: string } {
  let cause = error as { code?: string; message?: string; cause?: unknown; errors?: unknown[] };
  // Several addresses (::1 and 127.0.0.1) end in an AggregateError: one of them explains it.
  while (cause.cause !== undefined || (cause.errors?.length ?? 0) > 0) {
    cause = (cause.cause ?? cause.errors?.[0]) as typeof cause;
  }
  // OpenSSL's own message is a line of addresses and source files.
  const message = cause.code?.startsWith("ERR_SSL_") ? "the TLS handshake failed" : (cause.message ?? "");
  return { code: cause.code, message };
}
