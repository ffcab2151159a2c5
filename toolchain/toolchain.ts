import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { openstackPluginVersion } from "../openstack/plugin";
import { buildToolchain, pulumiVersion } from "./builtToolchain";
import { findPulumiOnPath } from "./pulumiOnPath";

/** A Pulumi that can preview, bring up, refresh and destroy the project. */
export interface PulumiToolchain {
  /** `path`: the one the user has installed. `built`: made from source, in the cache. */
  origin: "path" | "built";
  /** Without a leading v. */
  pulumiVersion: string;
  /** To be merged into the environment of every `pulumi` command. Holds no secret. */
  env: Record<string, string>;
}

/**
 * The user's own Pulumi when it works for the project, else one built from source. From the cache
 * 0.1 s; a build takes minutes and reports every 20 s.
 *
 * @throws Error that says what to install when there is neither Pulumi nor Go; the signal's reason when aborted, leaving
 *   no process and no half build.
 */
export async function ensurePulumi(options: {
  /** What `pulumi` will be run with. @default this process's */
  environment?: NodeJS.ProcessEnv;
  report: (line: string) => void;
  signal: AbortSignal;
}): Promise<PulumiToolchain> {
  const { environment = process.env, report, signal } = options;
  const pluginVersion = openstackPluginVersion;
  const found = await findPulumiOnPath({ pluginVersion, environment, report, signal });
  if (found && "version" in found)
    return { origin: "path", pulumiVersion: found.version, env: commonEnvironment() };
  if (found) report(`not using the Pulumi on PATH: ${found.reason}`);

  const { bin, home } = await buildToolchain({ report, signal });
  return {
    origin: "built",
    pulumiVersion,
    env: { ...commonEnvironment(), ...builtEnvironment(environment, bin, home) },
  };
}

function commonEnvironment(): Record<string, string> {
  return {
    // A question to a server far away on every command; where it can't be reached it costs seconds.
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // `npm test` checks types. Checking them again in ts-node doubles the time of a preview.
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
  };
}

/**
 * The plugin lies in a PULUMI_HOME of ours: the user's own stays untouched, and a plugin merely on PATH makes the CLI warn
 * several times per command. The user's logins stay visible, because Pulumi looks for them in PULUMI_CREDENTIALS_PATH
 * first. What does not carry over is the stack that `pulumi stack select` chose, so name it: `--stack`.
 */
function builtEnvironment(
  { PATH, PULUMI_HOME, PULUMI_CREDENTIALS_PATH }: NodeJS.ProcessEnv,
  bin: string,
  home: string,
): Record<string, string> {
  // A command of ours that runs another has given it our home: the user's own is not in there any more.
  const usersHome = PULUMI_HOME && PULUMI_HOME !== home ? PULUMI_HOME : join(homedir(), ".pulumi");
  return {
    PATH: [bin, ...(PATH ?? "").split(delimiter).filter((folder) => folder !== bin)].join(delimiter),
    PULUMI_HOME: home,
    PULUMI_CREDENTIALS_PATH: PULUMI_CREDENTIALS_PATH || usersHome,
  };
}
