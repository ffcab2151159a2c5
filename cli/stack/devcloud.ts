import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { stateFolder } from "../../process/folders";
import { namesCloud, project } from "./environment";
import { shortStack } from "./stackConfig";

/**
 * The devcloud of this machine that has the stack's lab, where the environment names no cloud. Its addresses exist in its
 * own network alone.
 * @throws Error where several have one
 */
export function devcloudOf(stack: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (namesCloud(env)) return undefined;
  const clouds = join(stateFolder(env), "devcloud"); // devcloud/cloud.ts
  const name = shortStack(stack);
  const state = join("labs", name, "backend", ".pulumi", "stacks", "ovb", `${name}.json`);
  const found = existsSync(clouds)
    ? readdirSync(clouds).filter((cloud) => existsSync(join(clouds, cloud, state)))
    : [];
  if (found.length <= 1) return found[0];
  throw new Error(
    `The devclouds ${found.join(", ")} have a lab of the stack ${stack}: npm run devcloud -- exec --name NAME -- COMMAND says which`,
  );
}

/** Arguments of `ovb`: one of our commands as a process in the devcloud's network, on this machine's files. */
export function inDevcloud(devcloud: string, args: readonly string[]): string[] {
  const ovb = join(project, "cli", "ovb.mjs");
  return ["devcloud", "exec", "--name", devcloud, "--", process.execPath, ovb, ...args];
}
