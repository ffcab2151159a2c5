import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { join } from "node:path";
import type { RunRequest } from "@pulumi/pulumi/proto/language_pb";
import { splitArguments } from "./splitArguments";

/** How a program ended, in the engine's terms: `bail` = it failed and has already told the user why. */
export interface ProgramResult {
  error?: string;
  bail?: boolean;
}

/** What @pulumi/pulumi/cmd/run exits with after it has shown the user the error. */
const alreadyReported = 32;
/** How long a cancelled program may take to end by itself; the engine gives a plugin 5 s before it kills it. */
const patienceMilliseconds = 3_000;

/** The Pulumi program as a child process: `@pulumi/pulumi/cmd/run` from the project's own node_modules. */
export class Program {
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  /** True while the program is being ended by `cancel`. */
  cancelling = false;

  /** Runs the program to its end. Never rejects: whatever goes wrong is in the result. */
  async run(request: RunRequest, engineAddress: string): Promise<ProgramResult> {
    try {
      const child = this.#start(request, engineAddress);
      this.#child = child;
      const result = new Promise<ProgramResult>((resolve) => {
        child.once("error", (error) => resolve({ error: `could not start node: ${error.message}` }));
        child.once("exit", (code, signal) => resolve(describeEnd(code, signal)));
      });
      this.#ended = result.then(() => undefined);
      return await result;
    } catch (error) {
      return { error: (error as Error).message };
    } finally {
      this.#child = undefined;
    }
  }

  /** Ends the program and what it started: politely at first, then not. Resolves once it is gone. */
  async cancel(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.cancelling = true;
    signalProgram(child, "SIGINT");
    const impatience = setTimeout(() => child.kill("SIGKILL"), patienceMilliseconds);
    await this.#ended;
    clearTimeout(impatience);
    this.cancelling = false;
  }

  #start(request: RunRequest, engineAddress: string): ChildProcess {
    const info = request.getInfo();
    if (!info) throw new Error("the engine did not say which program to run");
    if (request.getAttachDebugger())
      throw new Error(
        "--attach-debugger needs Pulumi's own language host; with this one, set nodeargs: --inspect-brk",
      );
    const directory = info.getProgramDirectory();
    const options = readOptions(info.getOptions()?.toJavaScript() ?? {});
    const flags: [string, string][] = [
      ["monitor", request.getMonitorAddress()],
      ["engine", engineAddress],
      ["organization", request.getOrganization()],
      ["project", request.getProject()],
      ["root-directory", info.getRootDirectory()],
      ["stack", request.getStack()],
      ["pwd", directory],
      ["parallel", String(request.getParallel())],
    ];
    const command = [
      ...splitArguments(options.nodeargs),
      locateRunner(directory),
      ...flags.filter(([, value]) => value !== "").flatMap(([name, value]) => [`--${name}`, value]),
      ...(request.getDryrun() ? ["--dry-run"] : []),
      info.getEntryPoint(),
      ...request.getArgsList(),
    ];
    // The program shares this process's group, so that the engine's signals and its last SIGKILL reach both.
    // Its output goes where ours goes: the engine reads both streams and shows them as diagnostics of the stack.
    return spawn(process.execPath, command, {
      cwd: directory,
      stdio: ["ignore", "inherit", "inherit"],
      env: {
        ...process.env,
        PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().entries())),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
        ...(options.typescript && { PULUMI_NODEJS_TYPESCRIPT: "true" }),
        ...(options.tsconfig && { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
      },
    });
  }
}

/** Pulumi.yaml's `runtime.options`, as far as they say how a program is run. */
export function readOptions(given: Record<string, unknown>): {
  typescript: boolean;
  tsconfig: string;
  nodeargs: string;
} {
  const { typescript = true, tsconfig = "", nodeargs = "" } = given;
  if (typeof typescript !== "boolean")
    throw new Error("runtime option typescript in Pulumi.yaml: true or false");
  if (typeof tsconfig !== "string")
    throw new Error("runtime option tsconfig in Pulumi.yaml: the path of a file");
  if (typeof nodeargs !== "string")
    throw new Error("runtime option nodeargs in Pulumi.yaml: one line of text");
  return { typescript, tsconfig, nodeargs };
}

function locateRunner(directory: string): string {
  try {
    return createRequire(join(directory, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  } catch {
    throw new Error(`@pulumi/pulumi is not installed in ${directory}: run \`npm install\` there first.`);
  }
}

function describeEnd(code: number | null, signal: NodeJS.Signals | null): ProgramResult {
  if (code === 0) return {};
  if (code === alreadyReported) return { bail: true };
  // V8 aborts when it runs out of heap; some shells and wrappers turn that into 128 + the signal's number.
  if (signal === "SIGABRT" || code === 128 + constants.signals.SIGABRT)
    return {
      error:
        "Program was aborted, most likely because it ran out of memory: raise the limit in Pulumi.yaml, " +
        "runtime.options.nodeargs: --max-old-space-size=4096",
    };
  return {
    error: signal ? `Program was ended by ${signal}` : `Program exited with non-zero exit code: ${code}`,
  };
}

/** Signals the program and its children when the group is ours alone, else only the program. */
function signalProgram(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    // A group with our id exists only when we lead it, which the engine sees to. The signal reaches ourselves too:
    // the language host handles it.
    process.kill(-process.pid, signal);
  } catch {
    child.kill(signal);
  }
}
