import { hasStatus } from "./error";
import { listAll } from "./paging";
import type { Session } from "./session";

/** Oldest version with all that is read here: tags as a filter (2.26), the flavor embedded in the server (2.47). Pike and later. */
export const serversMicroversion = "2.53";
/** Rescue that keeps the disk's name and bus, for volume-backed servers too (Ussuri). */
export const stableRescueMicroversion = "2.87";

export interface Server {
  id: string;
  name: string;
  /** ACTIVE, SHUTOFF, BUILD, REBUILD, RESCUE, ERROR, … */
  status: string;
  /** What Nova is doing to it now ("powering-off", "rebuilding", …), null when idle. */
  "OS-EXT-STS:task_state": string | null;
  /** active, stopped, rescued, error, … */
  "OS-EXT-STS:vm_state": string;
  /** As the hypervisor sees it: 0 none yet, 1 running, 3 paused, 4 shut down, 6 crashed, 7 suspended. */
  "OS-EXT-STS:power_state": number;
  /** Network name → addresses. */
  addresses: Record<string, ServerAddress[]>;
  flavor: {
    original_name: string;
    vcpus: number;
    ram: number;
    disk: number;
    ephemeral?: number;
    swap?: number;
  };
  /** "" for a server that boots from a volume. */
  image: { id: string } | "";
  metadata: Record<string, string>;
  tags: string[];
  /** "True" where it has a config drive, "" where not. */
  config_drive: string;
  created: string;
  updated: string;
  /** `delete_on_termination`: whether the volume goes with the server. */
  "os-extended-volumes:volumes_attached"?: { id: string; delete_on_termination?: boolean }[];
  fault?: { code: number; message: string; created: string };
}

export interface ServerAddress {
  addr: string;
  version: 4 | 6;
  "OS-EXT-IPS:type": "fixed" | "floating";
  "OS-EXT-IPS-MAC:mac_addr": string;
}

/** What a list without details has. */
export type ServerName = Pick<Server, "id" | "name">;

export interface ServerFilter {
  /** A server must carry all of them. */
  tags?: readonly string[];
  /** The exact name (Nova's own filter is a regular expression; this one is escaped). */
  name?: string;
}

export type ServerAction =
  | { do: "start" | "stop" | "rebootHard" | "rebootSoft" | "unrescue" }
  /** Boots from `image` and keeps the server's own disk as a further one. @param image id */
  | { do: "rescue"; image: string }
  /** Writes `image` over the server's disk. @param image id @param metadata replaces the server's, all of it */
  | { do: "rebuild"; image: string; metadata?: Readonly<Record<string, string>> }
  /** An NMI. 400 or 409 where the hypervisor has none. */
  | { do: "crashDump" };

/** Servers of the project, by id and name only. */
export function listServers(
  session: Session,
  filter: ServerFilter = {},
  signal?: AbortSignal,
): Promise<ServerName[]> {
  return list<ServerName>(session, "/servers", filter, signal);
}

/** Servers of the project with state, addresses, flavor and tags. */
export function listServersDetail(
  session: Session,
  filter: ServerFilter = {},
  signal?: AbortSignal,
): Promise<Server[]> {
  return list<Server>(session, "/servers/detail", filter, signal);
}

async function list<T extends ServerName>(
  session: Session,
  path: string,
  { tags, name }: ServerFilter,
  signal?: AbortSignal,
): Promise<T[]> {
  const query = {
    tags: tags !== undefined && tags.length > 0 ? tags.join(",") : undefined,
    name: name === undefined ? undefined : `^${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`,
  };
  const servers = await listAll<T>(session, "compute", path, "servers", {
    query,
    microversion: serversMicroversion,
    signal,
  });
  // The database may compare without regard to case (MySQL's REGEXP does).
  return name === undefined ? servers : servers.filter((server) => server.name === name);
}

/** Throws `OpenStackError` with status 404 when there is none. */
export async function getServer(session: Session, id: string, signal?: AbortSignal): Promise<Server> {
  const { server } = await session.request<{ server: Server }>(
    "compute",
    "GET",
    `/servers/${encodeURIComponent(id)}`,
    {
      microversion: serversMicroversion,
      signal,
      field: "server",
    },
  );
  return server;
}

/** False when it was gone already. Returns once Nova has accepted it: wait with `waitForServer`. */
export async function deleteServer(session: Session, id: string, signal?: AbortSignal): Promise<boolean> {
  try {
    await session.request("compute", "DELETE", `/servers/${encodeURIComponent(id)}`, { signal });
    return true;
  } catch (error) {
    if (hasStatus(error, 404)) return false;
    throw error;
  }
}

/**
 * Returns once Nova has accepted the action, not once it is done: wait with `waitForServer`.
 * 409 means that the server's state does not allow it now (a task is running, or it is in that state already).
 */
export async function serverAction(
  session: Session,
  id: string,
  action: ServerAction,
  signal?: AbortSignal,
): Promise<void> {
  const microversion = action.do === "rescue" ? stableRescueMicroversion : serversMicroversion;
  // Rescue and rebuild answer with an admin password, which is dropped here.
  await session.request("compute", "POST", `/servers/${encodeURIComponent(id)}/action`, {
    json: actionBody(action),
    microversion,
    signal,
  });
}

function actionBody(action: ServerAction): object {
  switch (action.do) {
    case "start":
      return { "os-start": null };
    case "stop":
      return { "os-stop": null };
    case "rebootHard":
      return { reboot: { type: "HARD" } };
    case "rebootSoft":
      return { reboot: { type: "SOFT" } };
    case "unrescue":
      return { unrescue: null };
    case "rescue":
      return { rescue: { rescue_image_ref: action.image } };
    case "rebuild":
      return {
        rebuild: {
          imageRef: action.image,
          ...(action.metadata !== undefined && { metadata: action.metadata }),
        },
      };
    case "crashDump":
      return { trigger_crash_dump: null };
  }
}

/**
 * What the server wrote to its serial console.
 * @param lines only the last so many @default all that Nova keeps
 */
export async function consoleOutput(
  session: Session,
  id: string,
  lines?: number,
  signal?: AbortSignal,
): Promise<string> {
  const { output } = await session.request<{ output: string }>(
    "compute",
    "POST",
    `/servers/${encodeURIComponent(id)}/action`,
    // Reading in spite of the POST, hence idempotent.
    {
      json: { "os-getConsoleOutput": lines === undefined ? {} : { length: lines } },
      idempotent: true,
      signal,
      field: "output",
    },
  );
  return output;
}

/** What was asked of Nova for a server, and when. */
export interface InstanceAction {
  /** create, stop, start, reboot, rescue, unrescue, rebuild, resize, … */
  readonly action: string;
  /** "req-" and a UUID: of the request that asked for it. */
  readonly request_id: string;
}

/** A server's whole history, the newest first. A cloud's policy may refuse it: 403. */
export async function listInstanceActions(
  session: Session,
  id: string,
  signal?: AbortSignal,
): Promise<InstanceAction[]> {
  // Before 2.58 Nova gives all of them at once, as its own default order: the newest first.
  const { instanceActions } = await session.request<{ instanceActions: InstanceAction[] }>(
    "compute",
    "GET",
    `/servers/${encodeURIComponent(id)}/os-instance-actions`,
    { microversion: serversMicroversion, signal, field: "instanceActions" },
  );
  return instanceActions;
}

/** Sets these keys of a server's metadata and leaves the others. @param metadata values of at most 255 characters */
export async function setMetadata(
  session: Session,
  id: string,
  metadata: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<void> {
  const path = `/servers/${encodeURIComponent(id)}/metadata`;
  await session.request("compute", "POST", path, { json: { metadata }, idempotent: true, signal });
}

/** Removes a key of a server's metadata, and does not mind when it is not there. */
export async function removeMetadata(
  session: Session,
  id: string,
  key: string,
  signal?: AbortSignal,
): Promise<void> {
  const path = `/servers/${encodeURIComponent(id)}/metadata/${encodeURIComponent(key)}`;
  try {
    await session.request("compute", "DELETE", path, { signal });
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
  }
}

/** The oldest and the newest microversion that this Nova speaks, such as "2.1" and "2.90". */
export async function computeMicroversions(
  session: Session,
  signal?: AbortSignal,
): Promise<{ oldest: string; newest: string }> {
  // Without the slash some deployments answer with a redirect.
  const { version } = await session.request<{ version: { min_version: string; version: string } }>(
    "compute",
    "GET",
    "/",
    { signal, field: "version" },
  );
  return { oldest: version.min_version, newest: version.version };
}
