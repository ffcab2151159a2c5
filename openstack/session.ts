import { adviceForStatus } from "./advice";
import type { AuthOptions } from "./auth";
import { endpointOf, type Service, services, versioned } from "./endpoints";
import { apiMessage, OpenStackError, type RequestName } from "./error";
import { maxRetryAfterMs, retryAfter } from "./retry";
import { Secret } from "./secret";
import { authenticationBody, renewalTime, type Token, type TokenBody } from "./token";
import { type Answer, type Dependencies, type Method, type Sending, Transport } from "./transport";

/** What runs the services that are asked here, as messages call it. */
const programs: Readonly<Record<string, string>> = {
  identity: "Keystone",
  compute: "Nova",
  network: "Neutron",
  image: "Glance",
};

/** Query values: an array repeats the key, undefined leaves it out. */
export type Query = Record<string, string | number | boolean | readonly string[] | undefined>;

export interface RequestOptions extends Sending {
  query?: Query;
  /** Such as "2.87". */
  microversion?: string;
  /** Statuses that are success. @default every 2xx */
  okStatus?: readonly number[];
  /** What the JSON of a good answer has, such as "servers": what answers without is not the service. */
  field?: string;
}

/**
 * One identity on one cloud: keeps a token fresh, finds endpoints, repeats what may be repeated, and turns every failure into an `OpenStackError`.
 * Connections are reused by Node's global fetch. Safe to share between concurrent callers.
 */
export class Session {
  readonly #transport: Transport;
  /** Keystone's answer, or the wait for it. */
  #token?: Promise<Token>;
  #current?: Token;

  /** @param dependencies what tests put in the place of network and clock */
  constructor(
    readonly auth: AuthOptions,
    dependencies: Dependencies = {},
  ) {
    this.#transport = new Transport(auth, dependencies);
  }

  /** Milliseconds, for callers that wait. */
  now(): number {
    return this.#transport.now();
  }

  /** Rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#transport.sleep(ms, signal);
  }

  /**
   * Sends a request to `path` below the service's versioned endpoint ("/servers/…", without /v2.1) and gives the parsed JSON, or undefined
   * where the answer has no JSON. Throws `OpenStackError`; or the signal's reason once it is aborted.
   */
  async request<T>(service: Service, method: Method, path: string, options: RequestOptions = {}): Promise<T> {
    const pathAndQuery = path + queryString(options.query);
    const name: RequestName = { service, method, path: pathAndQuery };
    let renewed = false;
    for (;;) {
      const token = await this.#freshToken(options.signal);
      const url = this.#endpoint(token, name) + pathAndQuery;
      const microversion = options.microversion && {
        "OpenStack-API-Version": `${services[service].microversions ?? service} ${options.microversion}`,
      };
      const headers = { ...microversion, ...options.headers };
      const answer = await this.#transport.send({
        ...options,
        name,
        method,
        url,
        headers,
        token: token.secret,
      });
      if (answer.status === 401 && !renewed && !options.okStatus?.includes(401)) {
        renewed = true;
        this.#forget(token);
        continue;
      }
      return this.#accept<T>(answer, name, url, { ...options, token: token.secret });
    }
  }

  /** Who we are and where, as Keystone says. Authenticates if need be. */
  async identity(signal?: AbortSignal): Promise<TokenBody> {
    return (await this.#freshToken(signal)).body;
  }

  /** The project the token is for. */
  async projectId(signal?: AbortSignal): Promise<string> {
    const { project } = await this.identity(signal);
    if (project === undefined) {
      throw new Error(
        `The token from ${this.auth.source} is not for a project: set OS_PROJECT_NAME or OS_PROJECT_ID.`,
      );
    }
    return project.id;
  }

  #endpoint(token: Token, name: RequestName): string {
    try {
      return endpointOf(token.body.catalog ?? [], name.service as Service, {
        region: this.auth.region,
        interface: this.auth.interface,
        projectId: token.body.project?.id,
      });
    } catch (error) {
      throw new OpenStackError(name, { code: "no endpoint", detail: (error as Error).message });
    }
  }

  /** One authentication at a time, shared by all who wait for it; each may still give up on its own. */
  async #freshToken(signal?: AbortSignal): Promise<Token> {
    signal?.throwIfAborted();
    if (this.#current !== undefined && this.now() >= this.#current.renewAtMs) this.#forget(this.#current);
    if (this.#token === undefined) {
      const pending = this.#authenticate();
      this.#token = pending;
      pending.then(
        (token) => {
          if (this.#token === pending) this.#current = token;
        },
        () => {
          if (this.#token === pending) this.#token = undefined;
        },
      );
    }
    return unlessAborted(this.#token, signal);
  }

  #forget(token: Token): void {
    // Another caller may have renewed it meanwhile: then that one is to be used.
    if (this.#current === token) {
      this.#current = undefined;
      this.#token = undefined;
    }
  }

  async #authenticate(): Promise<Token> {
    const name: RequestName = { service: "identity", method: "POST", path: "/auth/tokens" };
    const url = `${versioned(this.auth.authUrl, "v3")}/auth/tokens`;
    const json = authenticationBody(this.auth);
    // Issuing a token twice harms nobody.
    const answer = await this.#transport.send({ name, method: "POST", url, json, idempotent: true });
    const body = this.#accept<{ token: TokenBody }>(answer, name, url, { field: "token" });
    const secret = answer.headers.get("x-subject-token");
    if (secret === null) throw this.#unlike(name, url, answer.status);
    return { secret: new Secret(secret), body: body.token, renewAtMs: renewalTime(body.token, this.now()) };
  }

  /** A maintenance page, a captive portal, another program at the address. */
  #unlike(name: RequestName, url: string, status: number): OpenStackError {
    const service = programs[name.service] ?? `the ${name.service} service`;
    const detail = `${new URL(url).origin} answers, but not like ${service}`;
    const advice =
      name.service === "identity"
        ? `Check the auth URL of ${this.auth.source}.`
        : "Is the cloud down for maintenance, or its catalogue wrong? Open the address in a browser, or try again later.";
    return new OpenStackError(name, { status, detail, advice });
  }

  #accept<T>(
    answer: Answer,
    name: RequestName,
    url: string,
    { okStatus, field, token }: { okStatus?: readonly number[]; field?: string; token?: Secret },
  ): T {
    const { status, headers, text } = answer;
    const ok = okStatus === undefined ? status >= 200 && status < 300 : okStatus.includes(status);
    if (ok) {
      const isJson = (headers.get("content-type") ?? "").includes("json");
      if (text === "" || !isJson) {
        // A page where nothing was asked for is no answer of the service either.
        if (
          field !== undefined ||
          (text !== "" && /html/i.test(headers.get("content-type") ?? "") && status === 200)
        )
          throw this.#unlike(name, url, status);
        return undefined as T;
      }
      let json: unknown;
      try {
        json = JSON.parse(text);
      } catch {
        throw new OpenStackError(name, { status, detail: "the answer says it is JSON and is not" });
      }
      if (field !== undefined && (json as Record<string, unknown> | null)?.[field] == null)
        throw this.#unlike(name, url, status);
      return json as T;
    }
    const said = status < 400 ? `redirect to ${headers.get("location") ?? "nowhere"}` : apiMessage(text);
    const detail = this.#transport.scrub(said || "no explanation given", token);
    const pause = retryAfter(headers.get("retry-after"), this.now());
    throw new OpenStackError(name, {
      status,
      detail,
      requestId: headers.get("x-openstack-request-id") ?? headers.get("x-compute-request-id") ?? undefined,
      advice:
        pause !== undefined && pause > maxRetryAfterMs
          ? `The service asks to wait ${Math.ceil(pause / 1000)} s before the next attempt.`
          : adviceForStatus(name, status, detail, this.auth),
    });
  }
}

function queryString(query: Query | undefined): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) parameters.append(key, String(one));
    }
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

function unlessAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
