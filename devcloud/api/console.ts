import { setTimeout as sleep } from "node:timers/promises";
import { endpoints, publicNetwork } from "../config/settings";
import { type Account, Session } from "./session";

const { nova, neutron } = endpoints;

interface Found {
  id: string;
  name: string;
  "provider:physical_network"?: string | null;
}

/** The one server or network of this name or id. Throws when there is none or more than one. */
async function find(session: Session, kind: "server" | "network", wanted: string): Promise<Found> {
  const path = kind === "server" ? "/servers?all_tenants=1" : "/v2.0/networks";
  const answer = await session.call<Record<string, Found[]>>(kind === "server" ? nova : neutron, "GET", path);
  const rows = answer[`${kind}s`]!;
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
  const network = await find(await Session.login(admin), "network", wanted);
  return network["provider:physical_network"] === publicNetwork.name ? "external" : network.id;
}

/** Writes a server's console log, and with `follow` whatever is added to it, until the process is ended. */
export async function printConsole(
  admin: Account,
  wanted: string,
  follow: boolean,
  write: (text: string) => void,
): Promise<void> {
  const session = await Session.login(admin);
  const { id } = await find(session, "server", wanted);
  let shown = "";
  do {
    const { output } = await session.call<{ output: string }>(nova, "POST", `/servers/${id}/action`, {
      "os-getConsoleOutput": {},
    });
    // Nova cuts the log at its beginning once it is long, and a hard reboot starts a new one.
    const overlap = shown.slice(-200);
    const at = overlap === "" ? -1 : output.lastIndexOf(overlap);
    write(at < 0 ? output : output.slice(at + overlap.length));
    shown = output;
    if (follow) await sleep(1000);
  } while (follow);
}
