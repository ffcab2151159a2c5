import { setTimeout as sleep } from "node:timers/promises";
import { consoleOutput } from "../../openstack/nova";
import { listAll } from "../../openstack/paging";
import { publicNetwork } from "../config/settings";
import type { Account } from "../credentials";
import { login } from "./login";

interface Found {
  id: string;
  name: string;
}

/** The one of them with this name or id. Throws when there is none or more than one. */
function only<T extends Found>(kind: "server" | "network", rows: readonly T[], wanted: string): T {
  const matches = rows.filter(({ id, name }) => id === wanted || name === wanted);
  if (matches.length === 1) return matches[0]!;
  const names = [...new Set(rows.map(({ name }) => name))].sort().join(", ") || "none";
  throw new Error(
    matches.length === 0
      ? `there is no ${kind} "${wanted}"; there is: ${names}`
      : `${matches.length} ${kind}s are called "${wanted}"; give the id of one: ${matches.map(({ id }) => id).join(", ")}`,
  );
}

/** The id of a network of any project, by its name or id; of the external one "external" (box/capture.sh). */
export async function findNetwork(admin: Account, wanted: string): Promise<string> {
  type Row = Found & { "provider:physical_network"?: string | null };
  const rows = await listAll<Row>(await login(admin), "network", "/networks", "networks");
  const network = only("network", rows, wanted);
  return network["provider:physical_network"] === publicNetwork.name ? "external" : network.id;
}

/** Writes a server's console log, and with `follow` whatever is added to it, until the process is ended. */
export async function printConsole(
  admin: Account,
  wanted: string,
  follow: boolean,
  write: (text: string) => void,
): Promise<void> {
  const session = await login(admin);
  const query = { all_tenants: true };
  const { id } = only(
    "server",
    await listAll<Found>(session, "compute", "/servers", "servers", { query }),
    wanted,
  );
  let shown = "";
  do {
    const output = await consoleOutput(session, id);
    // Nova cuts the log at its beginning once it is long, and a hard reboot starts a new one.
    const overlap = shown.slice(-200);
    const at = overlap === "" ? -1 : output.lastIndexOf(overlap);
    write(at < 0 ? output : output.slice(at + overlap.length));
    shown = output;
    if (follow) await sleep(1000);
  } while (follow);
}
