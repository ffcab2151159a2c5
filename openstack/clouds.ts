import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseDocument } from "yaml";

/** One cloud of clouds.yaml with secure.yaml merged in: settings by key, `auth` flattened into the same level. */
export interface CloudEntry {
  /** The file that holds the cloud, for messages. */
  file: string;
  settings: Record<string, string>;
}

type Tree = { [key: string]: unknown };

/**
 * Finds a cloud the way openstacksdk does: the first clouds.yaml of `$OS_CLIENT_CONFIG_FILE`, the working directory,
 * `~/.config/openstack`, `/etc/openstack`, with the first secure.yaml of the same places merged over it.
 * Throws an `Error` naming the file and the way out; the text never quotes the file's content.
 * Source: https://docs.openstack.org/openstacksdk/latest/user/config/configuration.html
 */
export function readCloud(name: string, env: NodeJS.ProcessEnv, cwd = process.cwd()): CloudEntry {
  const places = searchPlaces(env, cwd);
  const candidates = [...fromVariable(env.OS_CLIENT_CONFIG_FILE), ...places("clouds")];
  const file = candidates.find((path) => existsSync(path));
  if (file === undefined) {
    throw new Error(
      `OS_CLOUD is "${name}", but there is no clouds.yaml. Looked for ${candidates.filter((path) => path.endsWith(".yaml")).join(", ")}. ` +
        "Create one, name it in OS_CLIENT_CONFIG_FILE, or unset OS_CLOUD and set OS_AUTH_URL and its companions.",
    );
  }
  const secure = [...fromVariable(env.OS_CLIENT_SECURE_FILE), ...places("secure")].find((path) =>
    existsSync(path),
  );
  const open = cloudsOf(file);
  const cloud = open[name];
  if (!isTree(cloud)) {
    const names = Object.keys(open);
    throw new Error(
      `OS_CLOUD is "${name}", but ${file} has no such cloud. ` +
        (names.length > 0
          ? `It has: ${names.join(", ")}.`
          : 'It has no cloud at all under the key "clouds".'),
    );
  }
  const hidden = secure === undefined ? undefined : cloudsOf(secure)[name];
  const merged = isTree(hidden) ? merge(cloud, hidden) : cloud;
  return { file, settings: flatten(inRegion(merged, env.OS_REGION_NAME)) };
}

function searchPlaces(env: NodeJS.ProcessEnv, cwd: string): (base: string) => string[] {
  const home = env.HOME || homedir();
  const folders = [
    cwd,
    ...(env.XDG_CONFIG_HOME ? [join(env.XDG_CONFIG_HOME, "openstack")] : []),
    join(home, ".config", "openstack"),
    "/etc/openstack",
  ];
  return (base) =>
    folders.flatMap((folder) => ["yaml", "yml", "json"].map((ending) => join(folder, `${base}.${ending}`)));
}

function fromVariable(path: string | undefined): string[] {
  return path ? [path] : [];
}

function cloudsOf(file: string): Tree {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code}): check its owner and mode.`,
    );
  }
  // The failsafe schema keeps every scalar a string: an unquoted password 0123 stays what was typed.
  const document = parseDocument(text, { schema: "failsafe", merge: true });
  const broken = document.errors[0];
  if (broken) {
    // Not broken.message: it quotes the line, which may hold a password.
    const line = broken.linePos?.[0].line;
    throw new Error(
      `${file} is not valid YAML (${broken.code}${line === undefined ? "" : `, line ${line}`}): correct it.`,
    );
  }
  const tree: unknown = document.toJS();
  return isTree(tree) && isTree(tree.clouds) ? tree.clouds : {};
}

function merge(base: Tree, over: Tree): Tree {
  const result: Tree = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    result[key] = isTree(below) && isTree(value) ? merge(below, value) : value;
  }
  return result;
}

/** With the values that the cloud has for the chosen region alone: the one asked for, the cloud's, else the first it lists. */
function inRegion(cloud: Tree, asked: string | undefined): Tree {
  const regions: unknown[] = Array.isArray(cloud.regions) ? cloud.regions : [];
  const nameOf = (region: unknown) => (isTree(region) ? region.name : region);
  const name = asked || cloud.region_name || nameOf(regions[0]);
  const region = regions.find((one) => nameOf(one) === name);
  const values = isTree(region) && isTree(region.values) ? region.values : {};
  return { ...merge(cloud, values), ...(typeof name === "string" && { region_name: name }) };
}

function flatten(cloud: Tree): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const [key, value] of Object.entries({ ...cloud, ...(isTree(cloud.auth) ? cloud.auth : {}) })) {
    if (typeof value === "string" && value !== "" && value !== "~" && value !== "null") {
      settings[key.replaceAll("-", "_")] = value;
    }
  }
  return settings;
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
