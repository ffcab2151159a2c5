import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { authFromEnvironment, CredentialsError } from "../../openstack/auth";
import { interruptible } from "../../process/interrupt";
import { Phases } from "../../process/phases";
import { type RunOptions, run } from "../../process/run";
import { hasBackend, LabStack } from "./labStack";
import { project } from "./project";
import { shortStack } from "./stackConfig";

export { project };

/** What to do where the environment names no cloud, and the stack's lab lives on none. */
export function noCloud(stack?: string): string {
  const start = stack === undefined || stack === "dev" ? "npm start" : `npm start -- --stack ${stack}`;
  return (
    "OS_CLOUD or OS_AUTH_URL names the cloud, and neither is set: `export OS_CLOUD=NAME` takes an entry of clouds.yaml; " +
    `\`${start}\` makes a lab on a devcloud of this machine, and commands go there`
  );
}

/** What `ovb start` and `ovb devcloud exec` set for the commands that they run on a devcloud. */
const labsVariable = "OVB_LABS_FOLDER";

export function onDevcloud(env: NodeJS.ProcessEnv): boolean {
  return Boolean(env[labsVariable]);
}

/** Whether the environment names a cloud, as every OpenStack client reads it. */
export function namesCloud(env: NodeJS.ProcessEnv): boolean {
  return Boolean(env.OS_CLOUD || env.OS_AUTH_URL);
}

/** Which stack a command is about. */
export interface StackChoice {
  readonly stack: string;
  /** Its configuration, when that is not Pulumi.STACK.yaml of the project. */
  readonly configFile?: string;
}

/** The same as arguments of another of our commands. */
export function stackArguments({ stack, configFile }: StackChoice): string[] {
  return ["--stack", stack, ...(configFile ? ["--config-file", resolve(configFile)] : [])];
}

/**
 * The stack, with a Pulumi that works in its environment: the user's, or else the one that is built here.
 * @throws CredentialsError when the environment names no cloud.
 */
export async function openStack(
  choice: StackChoice,
  env: NodeJS.ProcessEnv = process.env,
): Promise<LabStack> {
  if (!namesCloud(env)) throw new CredentialsError([noCloud(choice.stack)]);
  return labStack(choice, { ...env, ...endpointChoice(env) });
}

/**
 * Interface and region as we choose them, for Pulumi's provider: of clouds.yaml it reads the region without the values that
 * the cloud has for it, and the interface not at all.
 */
export function endpointChoice(env: NodeJS.ProcessEnv): Record<string, string> {
  try {
    const { interface: side, region } = authFromEnvironment(env);
    return { OS_ENDPOINT_TYPE: side, ...(region && { OS_REGION_NAME: region }) };
  } catch (error) {
    if (error instanceof CredentialsError) return {}; // the stack may configure the provider by itself
    throw error;
  }
}

/** The same for what needs no cloud: its state. @throws Error when there is none. */
export async function stackForReading(
  choice: StackChoice,
  env: NodeJS.ProcessEnv = process.env,
): Promise<LabStack> {
  const stack = await labStack(choice, env);
  if (stack.exists) return stack;
  const elsewhere = onDevcloud(env)
    ? ""
    : ", or npm run devcloud -- exec -- COMMAND when it is on a devcloud";
  throw new Error(
    `No state of the stack ${stack.name} in ${stack.backend}: npx ovb up --stack ${stack.name} makes the lab${elsewhere}`,
  );
}

async function labStack(
  { stack: name, configFile = join(project, `Pulumi.${shortStack(name)}.yaml`) }: StackChoice,
  env: NodeJS.ProcessEnv,
): Promise<LabStack> {
  const tools = await labEnvironment(env);
  const folder = labFolder(name, env);
  return new LabStack(project, name, resolve(configFile), folder, { ...env, ...tools }, onDevcloud(env));
}

/** Whether state is kept in a folder of ours: on a devcloud always, elsewhere where the user has no Pulumi backend. */
export function stateOfOurs(env: NodeJS.ProcessEnv): boolean {
  return onDevcloud(env) || !hasBackend(env);
}

/** Where what we keep of a stack's lab belongs; on a devcloud it ends with the cloud, as the lab does. */
export function labFolder(stack: string, env: NodeJS.ProcessEnv = process.env): string {
  const state = env.XDG_STATE_HOME || join(homedir(), ".local", "state");
  return join(env[labsVariable] || join(state, "ovb", "labs"), shortStack(stack));
}

/** What to add to the environment for Pulumi to work. Takes minutes the first time where there is none to be found. */
export async function labEnvironment(
  environment: NodeJS.ProcessEnv = process.env,
  outer?: AbortSignal,
): Promise<Record<string, string>> {
  // Here only: most commands run no Pulumi, and its bundler takes a tenth of a second to load.
  const { ensurePulumi } = await import("../../toolchain/toolchain");

  const { report } = new Phases();
  const ensure = async (ctrlC: AbortSignal) => {
    const signal = outer ? AbortSignal.any([ctrlC, outer]) : ctrlC;
    return (await ensurePulumi({ environment, report, signal })).env;
  };
  return interruptible("Nothing was changed; the next run builds Pulumi anew.", ensure, { hangup: true });
}

/** Runs one of our own commands as a process of its own; what it prints is shown. */
export function ovb(args: readonly string[], options: RunOptions = {}): Promise<string> {
  const command = [join(project, "cli", "ovb.mjs"), ...args];
  return run(process.execPath, command, { output: "show", ...options });
}
