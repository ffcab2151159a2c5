import { listAll } from "../../openstack/paging";
import { endpoints } from "../config/settings";
import type { Account } from "../credentials";
import { loginWhenReady, retry, waitForApi } from "./login";

const { keystone, glance, placement, nova, neutron } = endpoints;

/** OpenStack writes UTC without saying so, as "2026-01-31T12:00:00.000000" or with a blank in the middle. */
function time(text: string | null): number {
  return text === null ? 0 : Date.parse(`${text.replace(" ", "T").replace(/\.\d+$/, "")}Z`);
}

/** Waits until Nova's compute service has reported itself since `since` (milliseconds since 1970). */
export async function waitForCompute(admin: Account, since: number): Promise<void> {
  const session = await loginWhenReady(admin);
  await waitForApi(nova);
  await retry("nova-compute", async () => {
    type Row = { state: string; updated_at: string | null };
    const query = { binary: "nova-compute" };
    const services = await listAll<Row>(session, "compute", "/os-services", "services", { query });
    // A new service is "up" by its creation alone; one from the prepared layer has to report first.
    const good = services.some(
      ({ state, updated_at }) => state === "up" && (updated_at === null || time(updated_at) >= since),
    );
    if (!good) throw new Error(services.length === 0 ? "it has not registered" : "it has not reported yet");
  });
}

/** Waits until each of Neutron's agents, named by their `binary`, has reported itself since `since`. */
async function waitForAgents(admin: Account, since: number, wanted: readonly string[]): Promise<void> {
  const session = await loginWhenReady(admin);
  await waitForApi(neutron);
  await retry("the Neutron agents", async () => {
    type Row = { binary: string; heartbeat_timestamp: string };
    const agents = await listAll<Row>(session, "network", "/agents", "agents");
    const alive = agents.filter(({ heartbeat_timestamp }) => time(heartbeat_timestamp) >= since);
    const missing = wanted.filter((name) => !alive.some(({ binary }) => binary === name));
    if (missing.length > 0) throw new Error(`no report from ${missing.join(", ")}`);
  });
}

/** Waits until the whole cloud works, saying which part has become ready. */
export async function waitForCloud(
  admin: Account,
  since: number,
  agents: readonly string[],
  report: (line: string) => void,
): Promise<void> {
  const apis = [keystone, glance, placement, nova, neutron].map(waitForApi);
  await Promise.all([
    Promise.all(apis).then(() => report("the APIs answer")),
    waitForCompute(admin, since).then(() => report("Nova's compute service is up")),
    waitForAgents(admin, since, agents).then(() => report("Neutron's agents are up")),
  ]);
}
