import { keepTrying, systemClock } from "../../process/until";
import { authUrl, type Endpoint, endpointUrl, region } from "../config/settings";

/** Whom to log in as; user and project are in the domain Default. */
export interface Account {
  user: string;
  project: string;
  password: string;
}

/** The environment variables OpenStack's own tools and the Pulumi provider take an account from. */
export function accountEnvironment(account: Account): Record<string, string> {
  return {
    OS_AUTH_URL: authUrl,
    OS_USERNAME: account.user,
    OS_PASSWORD: account.password,
    OS_PROJECT_NAME: account.project,
    OS_USER_DOMAIN_NAME: "Default",
    OS_PROJECT_DOMAIN_NAME: "Default",
    OS_REGION_NAME: region,
    OS_IDENTITY_API_VERSION: "3",
    // The provider warns at every command as long as it has to guess who does load balancing.
    OS_USE_OCTAVIA: "true",
  };
}

/** A Nova microversion recent enough for every call here; Nova 26 has up to 2.93. */
const novaMicroversion = "compute 2.90";

/** A logged-in account of the cloud whose network this process is in. */
export class Session {
  readonly #token: string;

  private constructor(
    token: string,
    readonly projectId: string,
  ) {
    this.#token = token;
  }

  /** Throws when Keystone cannot be reached or refuses. */
  static async login(account: Account): Promise<Session> {
    const domain = { name: "Default" };
    const body = {
      auth: {
        identity: {
          methods: ["password"],
          password: { user: { name: account.user, domain, password: account.password } },
        },
        scope: { project: { name: account.project, domain } },
      },
    };
    const response = await fetch(`${authUrl}/auth/tokens`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const token = response.headers.get("X-Subject-Token");
    if (token === null)
      throw new Error(`Keystone refused ${account.user} with HTTP status ${response.status}`);
    const answer = (await response.json()) as { token: { project: { id: string } } };
    return new Session(token, answer.token.project.id);
  }

  /** Logs in as soon as Keystone answers. */
  static async loginWhenReady(account: Account, patience: number): Promise<Session> {
    return retry(`Keystone at ${authUrl}`, patience, () => Session.login(account));
  }

  /** One request; the answer's JSON, or undefined for an empty one. Throws with status and text when refused. */
  async call<T = void>(service: Endpoint, method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.send(service, method, path, {
      "Content-Type": "application/json",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  /** Like call, with headers and a body of the caller's own. */
  async send(
    service: Endpoint,
    method: string,
    path: string,
    { body, ...headers }: Record<string, string> & { body?: string },
  ): Promise<Response> {
    const response = await fetch(`${endpointUrl(service)}${path}`, {
      method,
      headers: { ...this.headers(), ...headers },
      ...(body === undefined ? {} : { body }),
    });
    if (!response.ok) {
      const text = (await response.text()).slice(0, 500);
      throw new Error(
        `${service.name} answered ${method} ${path} with HTTP status ${response.status}: ${text}`,
      );
    }
    return response;
  }

  /** What every request carries. */
  headers(): Record<string, string> {
    return { "X-Auth-Token": this.#token, "OpenStack-API-Version": novaMicroversion };
  }
}

/**
 * Tries until it works, four times a second. After `patience` seconds throws the last error, saying what was
 * waited for.
 */
export async function retry<T>(what: string, patience: number, attempt: () => Promise<T>): Promise<T> {
  const timeoutMs = patience * 1000;
  try {
    return await keepTrying(attempt, { clock: systemClock, pauseMs: 250, timeoutMs, passes: () => true });
  } catch (error) {
    const { message, cause } = error as Error & { cause?: Error };
    const detail = cause === undefined ? message : `${message} (${cause.message})`;
    throw new Error(`${what} was not ready within ${patience} seconds: ${detail}`);
  }
}

/** Waits for a service to answer HTTP at all. */
export async function waitForApi(service: Endpoint, patience: number): Promise<void> {
  await retry(`${service.name} at ${endpointUrl(service)}`, patience, async () => {
    const response = await fetch(`http://127.0.0.1:${service.port}/`);
    // 300 is "these are my versions", 401 a service that wants a token even for them.
    if (response.status >= 500) throw new Error(`HTTP status ${response.status}`);
    await response.arrayBuffer();
  });
}

export const patienceSeconds = 240;
