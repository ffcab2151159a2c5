import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { statusOf } from "../process/run";
import type { Cloud } from "./cloud";

/** The names of the logs of a cloud: its services, and box and supervisord that start them. */
function logNames(cloud: Cloud): string[] {
  if (!existsSync(cloud.logFolder)) return [];
  const files = readdirSync(cloud.logFolder).filter((file) => file.endsWith(".log"));
  return files.map((file) => file.slice(0, -".log".length)).sort();
}

/** Prints a service's log, or all names when none is asked for. Throws when there is no such log. */
export async function showLogs(cloud: Cloud, service: string | undefined, follow: boolean): Promise<number> {
  const names = logNames(cloud);
  if (names.length === 0) throw new Error(`the cloud "${cloud.name}" has no logs: it has not been started`);
  if (service === undefined) {
    for (const name of names) console.log(name);
    return 0;
  }
  if (!names.includes(service))
    throw new Error(`there is no log of "${service}"; there is: ${names.join(", ")}`);
  const file = join(cloud.logFolder, `${service}.log`);
  return statusOf("tail", ["-n", "+1", ...(follow ? ["-F"] : []), file]);
}
