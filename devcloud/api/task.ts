// Runs in the network of a cloud, where the host's process is not: started by runTask.ts with one task as JSON on
// standard input (it holds a password). Standard output is the task's result, standard error its failure.
import { readFileSync } from "node:fs";
import type { Account } from "../credentials";
import { findNetwork, printConsole } from "./console";
import { type GuestImage, uploadGuest } from "./image";
import { waitForCloud, waitForCompute } from "./ready";
import { seedAccounts, seedResources } from "./seed";

export type Task = { admin: Account } & (
  | { do: "seed accounts"; servicePassword: string; tenant: Account }
  | { do: "seed resources" }
  /** since: milliseconds since 1970; reports from before it are another cloud's. */
  | { do: "wait for compute"; since: number }
  /** agents: Neutron's, by their `binary`. */
  | { do: "wait for cloud"; since: number; agents: readonly string[] }
  | { do: "upload"; guest: GuestImage }
  | { do: "find network"; network: string }
  | { do: "console"; server: string; follow: boolean }
);

const say = (line: string): void => console.log(line);

async function perform(task: Task): Promise<void> {
  switch (task.do) {
    case "seed accounts":
      return seedAccounts(task.admin, task.servicePassword, task.tenant);
    case "seed resources":
      return seedResources(task.admin);
    case "wait for compute":
      return waitForCompute(task.admin, task.since);
    case "wait for cloud":
      return waitForCloud(task.admin, task.since, task.agents, say);
    case "upload":
      return uploadGuest(task.admin, task.guest);
    case "find network":
      return say(await findNetwork(task.admin, task.network));
    case "console":
      return printConsole(task.admin, task.server, task.follow, (text) => process.stdout.write(text));
  }
}

perform(JSON.parse(readFileSync(0, "utf8")) as Task).catch((error: Error) => {
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : "";
  console.error(`${error.message}${cause}`);
  process.exitCode = 1;
});
