import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, extname, join, resolve } from "node:path";
import { isMap, parseDocument } from "yaml";
import { keyOf, type Path } from "../../plan/config/problem";

export interface StackConfigRequest {
  /** Where to look for Pulumi.yaml: here, else in the folders above. */
  readonly folder: string;
  readonly stack?: string;
  /** As Pulumi's --config-file: read instead of Pulumi.STACK.yaml. Relative to `folder`. */
  readonly configFile?: string;
  /** PULUMI_STACK and PULUMI_HOME count, as they do for Pulumi. */
  readonly env: NodeJS.ProcessEnv;
}

export interface ChosenStack {
  /** As it was given: "dev", or "org/project/dev" with a backend that has organizations. */
  readonly stack: string;
  /** Where the choice comes from, when neither the command line nor the folder makes it plain. */
  readonly why?: string;
}

export interface StackConfig {
  /** Its short name, as the program sees it. */
  readonly stack: string;
  /** The project's folder, to which paths in the configuration are relative. */
  readonly folder: string;
  /** The `ovb:` keys without their prefix, as readLabConfig takes them. */
  readonly config: Record<string, unknown>;
  /** Paths of its encrypted values, which take the stack's passphrase to read: a placeholder is in their place. */
  readonly unknown: readonly Path[];
  /** What a reader has to know about values that are not what the stack will see. */
  readonly notes: readonly string[];
}

/** Stands for an encrypted value, which takes the stack's passphrase to read. */
export const secretPlaceholder = "[secret]";

const namespace = "ovb";

/**
 * The stack that a command is about: the one given, else PULUMI_STACK, else what `pulumi stack select` chose, else the
 * only stack file there is, else dev. The first three are Pulumi's own rule.
 * @throws Error when there is no Pulumi.yaml to look from
 */
export function chooseStack({
  folder,
  stack,
  env,
}: Pick<StackConfigRequest, "folder" | "stack" | "env">): ChosenStack {
  if (stack) return { stack };
  const place = findProject(folder, []);
  if (env.PULUMI_STACK) return { stack: env.PULUMI_STACK, why: "PULUMI_STACK says so" };
  const selected = selectedStack(place.file, place.name, env);
  if (selected) return { stack: selected, why: "`pulumi stack select` chose it" };
  const files = stackFiles(place.stackFolder);
  return { stack: files.length === 1 ? files[0]! : "dev" };
}

/** The file that a stack's configuration is in, or will be: Pulumi.STACK.yaml. @throws Error where there is no Pulumi.yaml */
export function stackFile({
  folder,
  stack,
  configFile,
}: Omit<StackConfigRequest, "env" | "stack"> & { stack: string }): string {
  if (configFile) return resolve(folder, configFile);
  const { file, stackFolder } = findProject(folder, []);
  return join(stackFolder, `Pulumi.${shortStack(stack)}${extname(file)}`);
}

/** "org/project/dev" is dev to the program, and has its configuration in Pulumi.dev.yaml. */
export function shortStack(stack: string): string {
  return stack.split("/").at(-1)!;
}

/**
 * Reads a stack's configuration as Pulumi would, from its files alone: Pulumi.yaml's defaults, then the stack's.
 * @throws Error with a message for the user, all files' problems at once.
 */
export function readStackConfig({ folder, stack, configFile, env }: StackConfigRequest): StackConfig {
  const problems: string[] = [];
  const { file: projectFile, settings: project, name, stackFolder } = findProject(folder, problems);
  const chosen = shortStack(chooseStack({ folder, stack, env }).stack);
  const stackFile = configFile
    ? resolve(folder, configFile)
    : join(stackFolder, `Pulumi.${chosen}${extname(projectFile)}`);
  const settings = existsSync(stackFile) ? readYaml(stackFile, problems) : undefined;
  if (!settings) problems.push(missing(stackFile, chosen, configFile !== undefined));
  if (problems.length > 0) throw new Error(problems.join("\n"));

  const config = {
    ...ownKeys(project.config, name, projectFile, fromProject),
    ...ownKeys(settings?.config, name, stackFile, (value) => value),
  };
  const unknown: Path[] = [];
  const readable = withoutSecrets(config, [], unknown) as Record<string, unknown>;
  const notes = unknown.map(
    (path) => `${keyOf(path)} is encrypted: it is not judged here, and something stands in its place.`,
  );
  if (settings?.environment !== undefined) {
    notes.push(`${basename(stackFile)} imports Pulumi environments; their values are not in this plan.`);
  }
  const values = Object.entries(readable).map(([key, value]) => [key, asProgramSeesIt(value)]);
  return { stack: chosen, folder: dirname(projectFile), config: Object.fromEntries(values), unknown, notes };
}

interface Project {
  /** Its Pulumi.yaml. */
  readonly file: string;
  readonly settings: Record<string, unknown>;
  readonly name: string;
  /** Where the stacks' files are. */
  readonly stackFolder: string;
}

function findProject(folder: string, problems: string[]): Project {
  const file = findProjectFile(folder);
  const settings = readYaml(file, problems);
  // "config: FOLDER" is an older spelling of stackConfigDir (RewriteConfigPathIntoStackConfigDir in Pulumi).
  const configDir = [settings.stackConfigDir, settings.config].find((value) => typeof value === "string");
  return {
    file,
    settings,
    name: typeof settings.name === "string" ? settings.name : namespace,
    stackFolder: resolve(dirname(file), typeof configDir === "string" ? configDir : "."),
  };
}

function findProjectFile(folder: string): string {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const found = ["Pulumi.yaml", "Pulumi.yml"].map((file) => join(at, file)).find(existsSync);
    if (found) return found;
    if (at === dirname(at)) break;
  }
  throw new Error(`No Pulumi.yaml in ${resolve(folder)} or above it: run ovb in the project's folder.`);
}

function readYaml(file: string, problems: string[]): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    problems.push(`${file} cannot be read: ${(error as Error).message}`);
    return {};
  }
  const document = parseDocument(text, { prettyErrors: false });
  for (const { message, pos } of document.errors) {
    // The parser's own excerpt would quote the line, and with it perhaps a secret.
    const before = text.slice(0, pos[0]).split("\n");
    problems.push(`${file}:${before.length}:${before.at(-1)!.length + 1}: ${message}`);
  }
  if (document.errors.length > 0 || document.contents === null) return {};
  if (!isMap(document.contents)) {
    problems.push(`${file}:1:1: must be a map such as "config:", as pulumi config set writes it`);
    return {};
  }
  return document.toJS() as Record<string, unknown>;
}

/** The file that `pulumi stack select` writes: sdk/go/common/workspace/workspace.go, settingsPath(). */
function selectedStack(projectFile: string, project: string, env: NodeJS.ProcessEnv): string | undefined {
  const home = env.PULUMI_HOME || join(env.HOME || homedir(), ".pulumi");
  const hash = createHash("sha1").update(projectFile).digest("hex");
  try {
    const settings = JSON.parse(
      readFileSync(join(home, "workspaces", `${project}-${hash}-workspace.json`), "utf8"),
    );
    return typeof settings.stack === "string" && settings.stack !== "" ? settings.stack : undefined;
  } catch {
    return undefined; // never selected, or a file that only Pulumi can judge
  }
}

function stackFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map((file) => /^Pulumi\.([^.].*)\.ya?ml$/.exec(file)?.[1])
    .filter((name): name is string => name !== undefined && !name.endsWith(".deploy"))
    .sort();
}

function missing(file: string, stack: string, given: boolean): string {
  if (given) return `${file} does not exist: --config-file must name a file such as Pulumi.dev.yaml.`;
  const others = stackFiles(dirname(file));
  const advice = others.length > 0 ? `--stack may be ${others.join(", ")}; or ` : "";
  return `Stack ${stack} has no ${file}: ${advice}copy Pulumi.dev.yaml to it, or set a key with pulumi config set.`;
}

/** The project's own keys; a key without a namespace is the project's too, as for Pulumi. */
function ownKeys(
  config: unknown,
  project: string,
  file: string,
  value: (raw: unknown) => unknown,
): Record<string, unknown> {
  if (config === undefined || config === null || typeof config === "string") return {};
  if (typeof config !== "object" || Array.isArray(config)) {
    throw new Error(`${file}: config must be a map of keys such as ovb:lab, as pulumi config set writes it.`);
  }
  const entries = Object.entries(config).map(([key, raw]) => [
    key.includes(":") ? key : `${project}:${key}`,
    raw,
  ]);
  return Object.fromEntries(
    entries
      .filter(([key]) => key.startsWith(`${namespace}:`))
      .map(([key, raw]) => [key.slice(namespace.length + 1), value(raw)])
      .filter(([, read]) => read !== undefined),
  );
}

/** In Pulumi.yaml a map is a declaration with a value or a default; anything else is the value. */
function fromProject(raw: unknown): unknown {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return raw;
  const declared = raw as { value?: unknown; default?: unknown };
  return declared.value ?? declared.default;
}

function withoutSecrets(value: unknown, path: Path, encrypted: Path[]): unknown {
  if (Array.isArray(value)) return value.map((item, i) => withoutSecrets(item, [...path, i], encrypted));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]![0] === "secure" && typeof entries[0]![1] === "string") {
    encrypted.push(path);
    return secretPlaceholder;
  }
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, withoutSecrets(inner, [...path, key], encrypted)]),
  );
}

/**
 * A Pulumi program gets every key as text and reads lists and maps from JSON, so `ovb:lab: 7` is the text "7",
 * and `pulumi config set ovb:nodes '[{"count": 3}]'` is a list.
 */
function asProgramSeesIt(value: unknown): unknown {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
