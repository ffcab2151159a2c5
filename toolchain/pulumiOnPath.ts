import { execFile } from "node:child_process";
import { accessSync, constants, realpathSync } from "node:fs";
import { delimiter, dirname, join, sep } from "node:path";
import { promisify } from "node:util";
import { cacheFolder } from "../process/folders";

/** A Pulumi that works for this project, or why the one on PATH does not; nothing when there is none. */
/** Minor version of the first @pulumi/pulumi that has it: 3.206.0 does not, 3.208.0 does. */
const firstWithStash = 208;

export type PulumiOnPath = { version: string } | { reason: string } | undefined;

/** A download that has not finished after this long is not going to, or building is not much slower. */
const installMilliseconds = 120_000;

/**
 * Looks for a `pulumi` on PATH that runs, finds a Node.js language host, and has the OpenStack plugin `pluginVersion`
 * (like 5.5.1) or can install it.
 *
 * @throws the signal's reason when aborted; everything else is an answer.
 */
export async function findPulumiOnPath(options: {
  pluginVersion: string;
  environment: NodeJS.ProcessEnv;
  report: (line: string) => void;
  signal: AbortSignal;
}): Promise<PulumiOnPath> {
  const { pluginVersion, environment, report, signal } = options;
  // Our own builds are no finding: they need their PULUMI_HOME.
  const folders = (environment.PATH ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "" && !folder.startsWith(cacheFolder() + sep));
  const command = findExecutable("pulumi", folders);
  if (!command) return undefined;

  const run = async (timeout: number, ...command_: string[]) => {
    const { stdout } = await promisify(execFile)(command, command_, {
      env: { ...environment, PATH: folders.join(delimiter), PULUMI_SKIP_UPDATE_CHECK: "true" },
      timeout,
      signal,
      maxBuffer: 16 * 1024 * 1024,
    });
    return stdout;
  };
  const firstLine = (error: unknown) => {
    signal.throwIfAborted();
    const { stderr, message } = error as { stderr?: string; message: string };
    return (stderr || message).trim().split("\n")[0]!;
  };

  let version: string;
  try {
    version = (await run(20_000, "version")).trim().replace(/^v/, "");
  } catch (error) {
    return { reason: `${command} does not run: ${firstLine(error)}` };
  }
  // @pulumi/pulumi 3.x speaks to any CLI of the same major version; the owner's mark is a Stash (components/labOwner.ts).
  const [major, minor] = version.split(".").map(Number);
  if (major !== 3 || !(minor! >= firstWithStash))
    return { reason: `${command} is version ${version}, not 3.${firstWithStash} or a later 3.x` };
  if (!findExecutable("pulumi-language-nodejs", [dirname(realpathSync(command)), ...folders]))
    return { reason: `${command} has no pulumi-language-nodejs beside it or on PATH` };

  try {
    const listed = JSON.parse(await run(20_000, "plugin", "ls", "--json")) as Record<string, string>[];
    const has = listed.some(
      (plugin) =>
        plugin.kind === "resource" &&
        plugin.name === "openstack" &&
        plugin.version?.replace(/^v/, "") === pluginVersion,
    );
    if (!has) {
      report(`installing Pulumi's OpenStack plugin ${pluginVersion} with ${command}`);
      await run(installMilliseconds, "plugin", "install", "resource", "openstack", `v${pluginVersion}`);
    }
  } catch (error) {
    return { reason: `${command} has no OpenStack plugin ${pluginVersion}: ${firstLine(error)}` };
  }
  return { version };
}

function findExecutable(name: string, folders: string[]): string | undefined {
  return folders
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
