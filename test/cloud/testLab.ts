import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { stackClaim } from "../../cli/stack/ownState";
import { parseConfig } from "../../plan/config/parseConfig";
import type { LabPlan } from "../../plan/lab/labPlan";
import { planLab } from "../../plan/lab/planLab";
import type { Claim } from "../../tenant/claim";

export const project = join(__dirname, "..", "..");

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface LabOutputs {
  readonly undercloud: { address: string; floatingIp?: string };
  readonly bmc: { address: string };
  readonly nodes: Record<string, { id: string; mac: string; bmc: { address: string; port: number } }>;
  readonly nodesJson: string;
  readonly provisioning: { cidr: string; mtu: number; bootUrl: string };
}

/** A lab of the tests: a stack of its own, whose configuration the tests change as a user would, in its YAML file. */
export class TestLab {
  readonly #folder = mkdtempSync(join(tmpdir(), "ovb-test-"));
  #config: Record<string, unknown> = {};

  constructor(
    readonly stack: string,
    config: Record<string, unknown>,
  ) {
    this.configure(config);
  }

  /** Changes top-level keys of the configuration. */
  configure(changes: Record<string, unknown>): void {
    this.#config = { ...this.#config, ...changes };
    // What most tests are about needs no Ironic, and boots in a third of the time.
    this.#config.undercloud = { kind: "boot-server", ...(this.#config.undercloud as object) };
    const config = Object.fromEntries(
      Object.entries(this.#config).map(([key, value]) => [`ovb:${key}`, value]),
    );
    mkdirSync(this.#folder, { recursive: true });
    writeFileSync(this.#file, stringify({ config }));
  }

  get plan(): LabPlan {
    return planLab(parseConfig(this.#config, this.stack));
  }

  up(extra: readonly string[] = ["--no-boot"], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
    return this.ovb("up", extra, env);
  }

  destroy(env: NodeJS.ProcessEnv = {}): Promise<Ran> {
    return this.ovb("destroy", ["--yes"], env);
  }

  pulumi(...args: string[]): Promise<Ran> {
    return this.ovb("pulumi", ["--", ...args]);
  }

  async outputs(): Promise<LabOutputs> {
    const { stdout } = succeeded(await this.pulumi("stack", "output", "--json", "--show-secrets"));
    return JSON.parse(stdout) as LabOutputs;
  }

  /** What proves that the lab is this stack's. */
  claim(): Promise<Claim> {
    return stackClaim({ stack: this.stack, configFile: this.#file }, this.plan.name);
  }

  /** The arguments of `node` that run one of our commands on this lab, for tests that start it themselves. */
  command(name: string, extra: readonly string[]): string[] {
    return [
      join(project, "cli", "ovb.mjs"),
      name,
      "--stack",
      this.stack,
      "--config-file",
      this.#file,
      ...extra,
    ];
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #file(): string {
    return join(this.#folder, `Pulumi.${this.stack}.yaml`);
  }

  /** One of our commands on this lab, to its end. @param env added to this process's; undefined takes one away */
  ovb(name: string, extra: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
    return run(process.execPath, this.command(name, extra), { ...process.env, ...env });
  }
}

export function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd: project, env, maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) => {
      const status = error ? (typeof error.code === "number" ? error.code : 1) : 0;
      resolve({ status, stdout, stderr });
    });
  });
}

/** The result of a command that must have worked; what it said is in the error when it did not. */
export function succeeded(ran: Ran): Ran {
  if (ran.status !== 0) throw new Error(`exit status ${ran.status}\n${ran.stdout}\n${ran.stderr}`);
  return ran;
}
