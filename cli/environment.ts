import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { CredentialsError } from "../openstack/auth";
import { LabStack } from "./labStack";
import { runCommand } from "./runCommand";

/** The project's folder: this file is in its cli/. */
export const project = dirname(__dirname);

/** What `ovb start` and `ovb devcloud exec` set for the commands that they run on a devcloud. */
const labsVariable = "OVB_LABS_FOLDER";

export function onDevcloud(env: NodeJS.ProcessEnv): boolean {
  return Boolean(env[labsVariable]);
}

/** Whether the environment names a cloud, as every OpenStack client reads it. */
export function namesCloud(env: NodeJS.ProcessEnv): boolean {
  return Boolean(env.OS_CLOUD || env.OS_AUTH_URL);
}

/** The stack, with a Pulumi that works in its environment: the user's, or else the one that is built here. */
export async function openStack(name: string, env: NodeJS.ProcessEnv = process.env): Promise<LabStack> {
  if (!namesCloud(env))
    throw new CredentialsError(["OS_CLOUD or OS_AUTH_URL names the cloud; neither is set"]);
  const tools = await pulumiEnvironment(env);
  const state = env.XDG_STATE_HOME || join(homedir(), ".local", "state");
  const folder = join(env[labsVariable] ?? join(state, "ovb", "labs"), name);
  return new LabStack(project, name, folder, { ...env, ...tools }, onDevcloud(env));
}

/** What to add to the environment for Pulumi to work. Takes minutes the first time where there is none to be found. */
export async function pulumiEnvironment(
  env: NodeJS.ProcessEnv = process.env,
): Promise<Record<string, string>> {
  return JSON.parse(await ovb(["devcloud", "pulumi-env"], { env, output: "capture" })) as Record<
    string,
    string
  >;
}

/** Runs one of our own commands as a process of its own. */
export function ovb(
  args: readonly string[],
  options: Parameters<typeof runCommand>[2] = {},
): Promise<string> {
  return runCommand(process.execPath, [join(project, "cli", "ovb.mjs"), ...args], options);
}
