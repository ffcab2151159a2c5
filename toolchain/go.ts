import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { CommandFailed, run } from "../process/run";

/** A Go installation that is good enough for a module. */
export interface Go {
  command: string;
  /** As Go writes it, e.g. go1.26.8. */
  version: string;
}

const wayOut =
  "Install Go from go.dev (it belongs on PATH or in /usr/local/go), or install Pulumi itself with its plugin " +
  "for OpenStack (pulumi.com/docs/install): then nothing has to be built.";

/** Where Go's installation guide puts it; root's PATH often lacks it. */
const usualPlace = "/usr/local/go/bin/go";

/**
 * The Go to build `moduleFolder` with.
 *
 * @throws Error in one sentence, with the way out, when there is none or it is older than the module's go.mod says.
 */
export async function findGo(moduleFolder: string, path = process.env.PATH ?? ""): Promise<Go> {
  const needed = /^go (\S+)$/m.exec(readFileSync(join(moduleFolder, "go.mod"), "utf8"))![1]!;
  const onPath = path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, "go"));
  const command = [...onPath, usualPlace].find((candidate) => existsSync(candidate));
  if (!command)
    throw new Error(`Go ${needed} or later is needed to build Pulumi and was not found. ${wayOut}`);

  // Asked inside the module, a Go that may switch toolchains answers with the one it would switch to.
  const version = await promisify(execFile)(command, ["env", "GOVERSION"], { cwd: moduleFolder }).then(
    ({ stdout }) => stdout.trim(),
    (error: { stderr?: string; message: string }) => {
      throw new Error(`${command} cannot build Pulumi: ${(error.stderr || error.message).trim()}. ${wayOut}`);
    },
  );
  if (isOlder(version, needed))
    throw new Error(`Go ${needed} or later is needed to build Pulumi; ${command} is ${version}. ${wayOut}`);
  return { command, version };
}

/** True when Go version `version` (go1.19.8, go1.26rc1 …) is older than `needed` (1.25.11). */
export function isOlder(version: string, needed: string): boolean {
  const numbers = (text: string) => (text.match(/\d+/g) ?? []).slice(0, 3).map(Number);
  const have = numbers(version);
  for (const [at, least] of numbers(needed).entries()) {
    const difference = (have[at] ?? 0) - least;
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** The environment of a build: the user's own, without what would weaken or bend it. */
export function goEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const result: NodeJS.ProcessEnv = {
    ...environment,
    // Static binaries, whether or not a C compiler happens to be installed.
    CGO_ENABLED: "0",
    // A go.work in a folder above would mix its own versions in.
    GOWORK: "off",
  };
  // Module checksums are verified against the committed go.sum, toolchains against the sum database: never without.
  delete result.GONOSUMDB;
  delete result.GOINSECURE;
  if (result.GOSUMDB === "off") delete result.GOSUMDB;
  return result;
}

/** How often a build says that it is still at it. */
const reportMilliseconds = 20_000;

/**
 * Runs `go build` in `folder` and reports every 20 s.
 *
 * @throws Error with the end of Go's own output when it fails; the signal's reason when it was aborted, after Go and the
 *   compilers it started have ended.
 */
export async function goBuild(options: {
  go: Go;
  /** What is being built, for the reader. */
  what: string;
  folder: string;
  arguments: string[];
  /** Where Go works. It leaves its things there when it is killed, so it is the caller's to remove. */
  temporary: string;
  report: (line: string) => void;
  signal: AbortSignal;
}): Promise<void> {
  const { go, what, folder, report, signal } = options;
  const started = Date.now();
  let downloaded = 0;
  let compiled = 0;
  const said: string[] = [];
  const onLine = (line: string) => {
    if (line.startsWith("go: downloading ")) downloaded++;
    else if (/^[\w.~/-]+$/.test(line)) compiled++;
    else said.push(line);
  };
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const timer = setInterval(() => {
    const modules = downloaded > 0 ? `${downloaded} modules downloaded, ` : "";
    report(`${what}: ${seconds()} s, ${modules}${compiled} packages compiled`);
  }, reportMilliseconds);
  // Go says all of it on standard error; -v names each package as it is compiled.
  const build = ["-c", 'exec "$@" 2>&1', "sh", go.command, "build", "-v", ...options.arguments];
  const env = { ...goEnvironment(process.env), GOTMPDIR: options.temporary };
  try {
    // A group of its own, so that an abort also ends the compilers.
    await run("sh", build, { cwd: folder, env, ownGroup: true, signal, onLine });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new Error(
      `building ${what} failed (go build in ${folder}):\n${said.slice(-20).join("\n")}\n` +
        "If modules could not be downloaded, set GOPROXY to one that can be reached and run the command again.",
    );
  } finally {
    clearInterval(timer);
  }
  report(`${what}: built in ${seconds()} s`);
}
