import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { stringify } from "yaml";
import { LabStack } from "../../../cli/stack/labStack";
import type { BuiltToolchain } from "../../../toolchain/builtToolchain";
import type { MemoryCloud } from "./cloud";

const flags = ["--yes", "--skip-preview", "--non-interactive", "--suppress-progress", "--parallel", "64"];
const existing = {
  disk: { source: "existing", name: "ipxe" },
  iso: { source: "existing", name: "ipxe-iso" },
};

/** What an operation did, by Pulumi's own words: { create: 38 }. */
export type Changes = Record<string, number>;

/** Deployment of a stack as `pulumi stack export` shows it. */
export interface State {
  readonly deployment: {
    readonly resources: readonly {
      readonly urn: string;
      readonly type: string;
      readonly id?: string;
      readonly provider?: string;
      readonly inputs?: Record<string, unknown>;
    }[];
  };
}

/** A lab of the real program, engine and plugin on a cloud in memory. */
export class MemoryLab {
  readonly stack: LabStack;
  readonly #file: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #cloud: MemoryCloud;
  readonly #tools: Pick<BuiltToolchain, "bin" | "home">;
  readonly #config: Record<string, unknown>;
  readonly #program: string;
  readonly #folder: string;

  constructor(
    cloud: MemoryCloud,
    tools: Pick<BuiltToolchain, "bin" | "home">,
    config: Record<string, unknown> = {},
    program: string = join(__dirname, "..", "..", ".."),
    folder: string = mkdtempSync(join(tmpdir(), "ovb-memory-")),
  ) {
    this.#cloud = cloud;
    this.#tools = tools;
    this.#config = config;
    this.#program = program;
    this.#folder = folder;
    const { bin, home } = tools;
    this.#file = join(this.#folder, "Pulumi.memory.yaml");
    const all = { images: existing, bmc: { readinessTimeout: 0 }, ...config };
    const named = Object.fromEntries(Object.entries(all).map(([key, value]) => [`ovb:${key}`, value]));
    writeFileSync(this.#file, stringify({ config: named }));
    this.#env = {
      ...process.env,
      ...cloud.environment,
      PATH: [bin, process.env.PATH].join(delimiter),
      PULUMI_HOME: home,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      // What is missing is an error at once, and not an attempt to reach the internet.
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      XDG_STATE_HOME: this.#folder,
    };
    // Where our own commands have it as well.
    const own = join(this.#folder, "ovb", "labs", "memory");
    this.stack = new LabStack(program, "memory", this.#file, own, this.#env, true);
  }

  /** The same lab and state, run by the program of another folder. */
  withProgram(program: string): MemoryLab {
    return new MemoryLab(this.#cloud, this.#tools, this.#config, program, this.#folder);
  }

  /** The same lab and state, with another configuration. */
  withConfig(config: Record<string, unknown>): MemoryLab {
    return new MemoryLab(this.#cloud, this.#tools, config, this.#program, this.#folder);
  }

  up(...more: string[]): Promise<Changes> {
    return this.#run("up", ...more);
  }

  refresh(): Promise<Changes> {
    return this.#run("refresh");
  }

  destroy(): Promise<Changes> {
    return this.#run("destroy");
  }

  /** What an up would do to the resource of that type and name, by Pulumi's own words, such as "update"; nothing: []. */
  async preview(type: string, name: string): Promise<string[]> {
    await this.stack.prepare();
    const json = await this.stack.pulumi(["preview", "--json", "--non-interactive"], { output: "capture" });
    const { steps } = JSON.parse(json) as { steps: { op: string; urn: string }[] };
    return steps.filter(({ urn }) => urn.endsWith(`${type}::${name}`)).map(({ op }) => op);
  }

  /** `ovb COMMAND` on it, as a user does. @returns its exit status and all that it said */
  ovb(command: string, ...more: string[]): Promise<{ status: number; text: string }> {
    const args = [
      join(this.#program, "cli", "ovb.mjs"),
      command,
      "--stack",
      "memory",
      "--config-file",
      this.#file,
    ];
    return new Promise((resolve) =>
      execFile(process.execPath, [...args, ...more], { env: this.#env }, (error, stdout, stderr) =>
        resolve({ status: error ? Number(error.code) : 0, text: `${stdout}${stderr}` }),
      ),
    );
  }

  async state(): Promise<State> {
    return JSON.parse(await this.stack.pulumi(["stack", "export"], { output: "capture" })) as State;
  }

  /** Puts a state in the place of the stack's. */
  async restore(state: State): Promise<void> {
    const file = join(this.#folder, "state.json");
    writeFileSync(file, JSON.stringify(state));
    await this.stack.pulumi(["stack", "import", "--file", file], { output: "capture" });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }

  /** @returns what the last update changed @throws CommandFailed */
  async #run(command: string, ...more: string[]): Promise<Changes> {
    await this.stack.prepare();
    await this.stack.pulumi([command, ...flags, ...more]); // shown: why it fails
    const history = await this.stack.pulumi(["stack", "history", "--json", "--page-size", "1"], {
      output: "capture",
    });
    return JSON.parse(history)[0].resourceChanges as Changes;
  }
}
