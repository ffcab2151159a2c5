import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type RunOptions, run } from "../../process/run";
import { shortStack } from "./stackConfig";

/** Pulumi commands that take --config-file; the others read the Pulumi.STACK.yaml of their folder. */
const takesConfigFile = new Set(["preview", "up", "refresh", "destroy", "config", "import"]);

/**
 * A stack of this project, and how to run Pulumi on it.
 *
 * With a backend of the user's own (logged in, or PULUMI_BACKEND_URL set) that is plain Pulumi in the project's
 * folder. Otherwise the state is kept in a folder of ours, encrypted with a passphrase made there. `pulumi stack
 * init` would then write an encryption salt into the committed Pulumi.STACK.yaml, so the stack commands run in a
 * stand-in folder with copies of the two YAML files, and the others are pointed at the copy.
 */
export class LabStack {
  /** Where Pulumi keeps this stack's state when the backend is ours. */
  readonly backend: string | undefined;
  /** As Pulumi is to be given it: "dev", or "org/project/dev" with a backend of the user's that has organizations. */
  readonly name: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #standIn: string | undefined;
  readonly #folder: string;

  /**
   * @param configFile the stack's Pulumi.NAME.yaml, wherever it is.
   * @param folder the folder for state of ours; used when `forced` or when the user has no backend.
   */
  constructor(
    readonly project: string,
    name: string,
    readonly configFile: string,
    folder: string,
    env: NodeJS.ProcessEnv,
    forced: boolean,
  ) {
    this.#folder = folder;
    // Each command says which stack it means; another in the environment would only confuse Pulumi.
    const { PULUMI_STACK: _, ...rest } = env;
    if (!forced && hasBackend(env)) {
      this.name = name;
      this.#env = rest;
      return;
    }
    this.name = shortStack(name); // a backend in files has no organizations
    this.backend = join(folder, "backend");
    this.#standIn = join(folder, "project");
    this.#env = {
      ...rest,
      // Without the side files of its blob library: a run killed while one is written leaves a stack that cannot be read.
      PULUMI_BACKEND_URL: `file://${this.backend}?metadata=skip`,
      PULUMI_CONFIG_PASSPHRASE_FILE: join(folder, "passphrase"),
    };
    delete this.#env.PULUMI_CONFIG_PASSPHRASE; // it would win over the file
    delete this.#env.PULUMI_ACCESS_TOKEN;
  }

  /** Whether this stack was ever made; always true with a backend of the user's, who is to ask there. */
  get exists(): boolean {
    return !this.backend || existsSync(join(this.backend, ".pulumi", "stacks", "ovb", `${this.name}.json`));
  }

  /** Makes the state's folder and the stack where they are missing. Safe to repeat. */
  async prepare(): Promise<void> {
    if (this.backend && this.#standIn) {
      mkdirSync(this.backend, { recursive: true, mode: 0o700 });
      mkdirSync(this.#standIn, { recursive: true, mode: 0o700 });
      const passphrase = join(this.#folder, "passphrase");
      if (!existsSync(passphrase))
        writeFileSync(passphrase, randomBytes(32).toString("base64url"), { mode: 0o600 });
      copyFileSync(join(this.project, "Pulumi.yaml"), join(this.#standIn, "Pulumi.yaml"));
      copyFileSync(this.configFile, this.#configCopy(this.#standIn));
    }
    if (this.backend) {
      const secrets = ["--secrets-provider", "passphrase"];
      await this.pulumi(["stack", "select", this.name, "--create", ...secrets, "--non-interactive"], {
        output: "capture",
      });
    } else if (!(await this.listed())) {
      // Never `select`: which stack the user's next command is about is the user's choice.
      await this.pulumi(["stack", "init", this.name, "--no-select", "--non-interactive"], {
        output: "capture",
      });
    }
  }

  /** Whether the user's backend has the stack. */
  async listed(): Promise<boolean> {
    const text = await this.pulumi(["stack", "ls", "--json"], { output: "capture" });
    const stacks = JSON.parse(text) as { name: string }[];
    return isListed(
      this.name,
      stacks.map(({ name }) => name),
    );
  }

  /** Runs `pulumi ARGS` on this stack; what it prints is shown. @throws CommandFailed */
  async pulumi(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const env = { ...this.#env, ...options.env };
    return run("pulumi", this.#arguments(args), { cwd: this.project, output: "show", ...options, env });
  }

  /**
   * The same for a command of the user's own: what it writes into the configuration (`config set`, `up -c`) is in the user's
   * file then, and not in our copy of it alone, which the next command would overwrite.
   * @returns whether it wrote anything
   */
  async pulumiOfUser(args: readonly string[], options: RunOptions = {}): Promise<boolean> {
    const copy = this.#standIn && this.#configCopy(this.#standIn);
    const before = copy && withoutOwnSalt(readFileSync(copy, "utf8"));
    try {
      await this.pulumi(args, options);
    } finally {
      if (copy && withoutOwnSalt(readFileSync(copy, "utf8")) !== before)
        writeFileSync(this.configFile, withoutOwnSalt(readFileSync(copy, "utf8")));
    }
    return copy !== undefined && withoutOwnSalt(readFileSync(copy, "utf8")) !== before;
  }

  /** What the stack says of itself, secrets in clear: for this process's own use, never for a log. */
  async outputs<T>(): Promise<T> {
    return JSON.parse(
      await this.pulumi(["stack", "output", "--json", "--show-secrets"], { output: "capture" }),
    ) as T;
  }

  #configCopy(folder: string): string {
    return join(folder, `Pulumi.${this.name}.yaml`);
  }

  #arguments(args: readonly string[]): string[] {
    const [command = "", sub = ""] = args;
    const selects = command === "stack" && ["select", "init", "ls"].includes(sub);
    const stack = selects ? [] : ["--stack", this.name];
    const file = this.#standIn ? this.#configCopy(this.#standIn) : this.configFile;
    if (takesConfigFile.has(command)) return [...args, ...stack, "--config-file", file];
    if (!this.#standIn) return [...args, ...stack];
    return ["-C", this.#standIn, ...args, ...stack];
  }
}

/** The salt is the stack's passphrase's: without a secret in the file, nothing needs it, and a committed file is spared it. */
function withoutOwnSalt(text: string): string {
  return /^\s*("?secure"?|- secure):/m.test(text) ? text : text.replace(/^encryptionsalt: .*\n/m, "");
}

/** Whether these names, of `stack ls`, have the stack: it leaves out organization and project where they are the usual ones. */
export function isListed(stack: string, names: readonly string[]): boolean {
  const organization = stack.includes("/") ? stack.split("/")[0] : undefined;
  const short = shortStack(stack);
  return names.some(
    (name) =>
      name === stack || name === short || (organization !== undefined && name === `${organization}/${short}`),
  );
}

/** Whether the user has told Pulumi where to keep state. */
export function hasBackend(env: NodeJS.ProcessEnv): boolean {
  if (env.PULUMI_BACKEND_URL || env.PULUMI_ACCESS_TOKEN) return true;
  const credentials = join(env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "credentials.json");
  if (!existsSync(credentials)) return false;
  return Boolean((JSON.parse(readFileSync(credentials, "utf8")) as { current?: string }).current);
}
