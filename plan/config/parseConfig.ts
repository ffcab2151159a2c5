import type { z } from "zod";
import { planLab } from "../lab/planLab";
import { configSchema, type LabConfig } from "../lab/schema/configSchema";
import { ProblemsError } from "../problemsError";
import { checkConfig } from "./checkConfig";
import { checkPlan } from "./checkPlan";
import type { Problem } from "./problem";

/** Everything that is wrong with a configuration, found in one go. */
export class ConfigError extends ProblemsError {
  override readonly name = "ConfigError";

  constructor(problems: readonly string[]) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(`The lab's configuration has ${count}; nothing was created:`, problems);
  }
}

/**
 * Checks a stack's configuration and fills in its defaults.
 * @param raw the `ovb:` keys without their prefix, values as YAML or JSON gives them.
 * @param stack the stack's name: the lab's name comes from it when none is configured.
 * @throws ConfigError with every problem, each naming its key, the value and the way out.
 */
export function parseConfig(raw: Record<string, unknown>, stack: string): LabConfig {
  const schemaProblems: Problem[] = [];
  let input = structuredClone(raw);
  let parsed = configSchema.safeParse(input, { error: explain });
  // What is wrong by itself is noted and taken out, so that its default stands in and the checks of what only
  // makes sense together still run on the rest: one round trip for the user, not several. Two rounds do; the
  // bound is for safety.
  for (let round = 0; !parsed.success && round < 8; round++) {
    for (const issue of parsed.error.issues) {
      const paths =
        issue.code === "unrecognized_keys" ? issue.keys.map((k) => [...issue.path, k]) : [issue.path];
      for (const path of paths) schemaProblems.push({ path, message: issue.message });
    }
    input = structuredClone(raw);
    for (const { path } of schemaProblems) remove(input, path);
    parsed = configSchema.safeParse(input, { error: explain });
  }
  if (!parsed.success)
    throw new ConfigError(parsed.error.issues.map((i) => describe(raw, i.path, i.message)));
  const config: LabConfig = { ...parsed.data, lab: parsed.data.lab ?? labFromStack(stack) };
  const spoilt = (path: readonly PropertyKey[]) =>
    schemaProblems.some(
      (p) => p.path.every((part, i) => part === path[i]) || path.every((part, i) => part === p.path[i]),
    );
  const problems = [...schemaProblems, ...checkConfig(config).filter((p) => !spoilt(p.path))];
  if (problems.length === 0) problems.push(...checkPlan(planLab(config), config));
  if (problems.length > 0) throw new ConfigError(problems.map((p) => describe(raw, p.path, p.message)));
  return config;
}

/** A stack may be called "org/Feature_X.2"; a lab may not. */
function labFromStack(stack: string): string {
  const label = `ovb-${stack}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 30);
  return label.replace(/-+$/, "");
}

/** ["nodes", 0, "count"] as one would write it for `pulumi config set --path`: ovb:nodes[0].count. */
function key(path: readonly PropertyKey[]): string {
  const parts = path.map((part, i) =>
    typeof part === "number" ? `[${part}]` : i === 0 ? String(part) : `.${String(part)}`,
  );
  return `ovb:${parts.join("")}`;
}

/** Under which a secret may stand. */
const secretKeys: readonly PropertyKey[] = ["credential", "password", "userData"];

function describe(raw: unknown, path: readonly PropertyKey[], message: string): string {
  const value = valueAt(raw, path);
  // Pulumi cuts secrets out of what it prints; the other commands do not know them as such.
  const shown =
    value === undefined || path.some((part) => secretKeys.includes(part))
      ? ""
      : ` ${shorten(JSON.stringify(value, (name, part) => (secretKeys.includes(name) ? "[secret]" : part)))}`;
  return `${key(path)}${shown}: ${message}`;
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, part) => (at as Record<PropertyKey, unknown> | undefined)?.[part], raw);
}

/** Takes a value out, so that its default applies; a list loses all its plain values, an element its fields. */
function remove(raw: Record<string, unknown>, path: readonly PropertyKey[]): void {
  const last = path.at(-1);
  const parent = valueAt(raw, path.slice(0, -1));
  if (last === undefined || typeof parent !== "object" || parent === null) return;
  if (!Array.isArray(parent)) {
    delete (parent as Record<PropertyKey, unknown>)[last];
  } else if (path.length === 2 && (path[0] === "nodes" || path[0] === "networks")) {
    parent[last as number] = {}; // a group or a network: the others keep their index
  } else {
    remove(raw, path.slice(0, -1));
  }
}

/** zod's own words for what needs no words of ours, in terms of the configuration. */
function explain(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === "unrecognized_keys")
    return "is no key of this program; docs/configuration.md lists them";
  if (issue.code === "invalid_value") return `must be one of ${issue.values.map(String).join(", ")}`;
  if (issue.code === "invalid_type" && issue.input === undefined)
    return `is required here (${issue.expected})`;
  if (issue.code === "invalid_type")
    return `must be a ${issue.expected === "record" ? "map" : issue.expected}`;
  return undefined;
}
