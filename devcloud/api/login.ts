import { authFromEnvironment } from "../../openstack/auth";
import { Session } from "../../openstack/session";
import { keepTrying, systemClock } from "../../process/until";
import { type Endpoint, endpoints, endpointUrl } from "../config/settings";
import { type Account, accountEnvironment } from "../credentials";

const patienceSeconds = 240;

/** Logs in to the cloud whose network this process is in. @throws OpenStackError when Keystone refuses or is not there */
export async function login(account: Account): Promise<Session> {
  const session = new Session(authFromEnvironment(accountEnvironment(account)));
  await session.identity();
  return session;
}

/** Logs in as soon as Keystone answers. */
export async function loginWhenReady(account: Account): Promise<Session> {
  await waitForApi(endpoints.keystone);
  return retry("Keystone", () => login(account));
}

/** Tries until it works, four times a second. @throws the last error after 240 s, saying what was waited for */
export async function retry<T>(what: string, attempt: () => Promise<T>): Promise<T> {
  const timeoutMs = patienceSeconds * 1000;
  try {
    return await keepTrying(attempt, { clock: systemClock, pauseMs: 250, timeoutMs, passes: () => true });
  } catch (error) {
    const { message, cause } = error as Error & { cause?: Error };
    const detail = cause === undefined ? message : `${message} (${cause.message})`;
    throw new Error(`${what} was not ready within ${patienceSeconds} seconds: ${detail}`);
  }
}

/** Waits for a service to answer HTTP at all. */
export async function waitForApi(service: Endpoint): Promise<void> {
  await retry(`${service.name} at ${endpointUrl(service)}`, async () => {
    const response = await fetch(`http://127.0.0.1:${service.port}/`);
    // 300 is "these are my versions", 401 a service that wants a token even for them.
    if (response.status >= 500) throw new Error(`HTTP status ${response.status}`);
    await response.arrayBuffer();
  });
}
