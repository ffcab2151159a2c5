import type { z } from "zod";
import { planLab } from "../lab/planLab";
import { configSchema, type LabConfig } from "../lab/schema/configSchema";
import { shownUrl } from "../lab/shownUrl";
import { ProblemsError } from "../problemsError";
import { checkConfig } from "./checkConfig";
import { checkPlan } from "./checkPlan";
import { keyOf, type Path, type Problem } from "./problem";
import { type Choice, standIn, valueAt } from "./standIns";

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
 * @param unknown paths of values that cannot be read here, as they are encrypted: they are taken to be right, something
 * stands in their place, and nothing is said that may follow from that.
 * @throws ConfigError with every problem, each naming its key, the value and the way out.
 */
export function parseConfig(
  raw: Record<string, unknown>,
  stack: string,
  unknown: readonly Path[] = [],
): LabConfig {
  // What is wrong by itself is noted and something put in its place, so that the checks of what only makes sense together
  // still run on the rest: one round trip for the user, not several.
  const wrong: Problem[] = [];
  const first = repaired(raw, stack, { choice: "first", unknown, wrong });
  const judged = [...wrong.map(({ path }) => path), ...unknown];
  const problems = wrong.concat(
    judged.length === 0
      ? checkConfig(first)
      : // What a stand-in causes shows with one of the two alone, or names the key that it stands for.
        both(checkConfig(first), () =>
          checkConfig(repaired(raw, stack, { choice: "second", unknown, wrong })),
        ).filter((problem) => !judged.some((path) => concerns(problem, path))),
  );
  if (problems.length === 0) {
    const late = checkPlan(planLab(first), first);
    problems.push(
      ...(late.length === 0 || unknown.length === 0
        ? late
        : both(late, () => {
            const second = repaired(raw, stack, { choice: "second", unknown, wrong });
            return checkPlan(planLab(second), second);
          })),
    );
  }
  if (problems.length > 0) throw new ConfigError(problems.map((p) => describe(raw, p.path, p.message)));
  return first;
}

/**
 * The configuration with something in the place of what is wrong or not known.
 * @param wrong is given what is found wrong, beside what was found before
 */
function repaired(
  raw: Record<string, unknown>,
  stack: string,
  { choice, unknown, wrong }: { choice: Choice; unknown: readonly Path[]; wrong: Problem[] },
): LabConfig {
  const input = structuredClone(raw);
  const parse = () => configSchema.safeParse(input, { error: explain });
  const isTaken = (_: unknown, path: Path) =>
    !issuesOf(parse()).some((issue) => isWithin(path, issue.path) || isWithin(issue.path, path));
  for (const path of unknown) standIn(input, path, { choice, unknown: true, isTaken });
  for (const { path } of wrong) standIn(input, path, { choice, unknown: false, isTaken });
  // What a value within another hides shows once that one is right: a second round, or a third.
  for (let round = 0; round < 8; round++) {
    const parsed = parse();
    if (parsed.success) {
      const config = { ...parsed.data, lab: parsed.data.lab ?? labFromStack(stack) };
      return unknown.length > 0 ? withoutUnknownNetworks(config) : config;
    }
    const found = issuesOf(parsed).filter(({ path }) => !wrong.some((one) => isSame(one.path, path)));
    wrong.push(...found);
    for (const { path } of issuesOf(parsed)) standIn(input, path, { choice, unknown: false, isTaken });
  }
  throw new ConfigError(issuesOf(parse()).map(({ path, message }) => describe(raw, path, message)));
}

/** A NIC on a network whose name is not known is left out: nothing else of it is. */
function withoutUnknownNetworks(config: LabConfig): LabConfig {
  const names = config.networks.map(({ name }) => name);
  const known = (group: LabConfig["nodes"][number]) => group.networks.filter((name) => names.includes(name));
  return { ...config, nodes: config.nodes.map((group) => ({ ...group, networks: known(group) })) };
}

function issuesOf(parsed: z.ZodSafeParseResult<unknown>): Problem[] {
  return (parsed.error?.issues ?? []).flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => ({ path: [...issue.path, key], message: issue.message }))
      : [{ path: issue.path, message: issue.message }],
  );
}

/** Those of the first that the second has too. */
function both(first: readonly Problem[], second: () => readonly Problem[]): Problem[] {
  if (first.length === 0) return [];
  const same = new Set(second().map(({ path, message }) => `${keyOf(path)}: ${message}`));
  return first.filter(({ path, message }) => same.has(`${keyOf(path)}: ${message}`));
}

/** Whether a problem lies in, or around, what is at the path, or names it. */
function concerns({ path, message }: Problem, at: Path): boolean {
  if (isWithin(path, at) || isWithin(at, path)) return true;
  const own = keyOf(at);
  const reaches = (outer: string, inner: string) =>
    inner === outer || /^[.[]/.test(inner.slice(outer.length));
  const named = (message.match(/ovb:[\w.[\]]+/g) ?? []).map((name) => name.replace(/\.$/, ""));
  return named.some((name) =>
    name.length > own.length
      ? name.startsWith(own) && reaches(own, name)
      : own.startsWith(name) && reaches(name, own),
  );
}

function isWithin(outer: Path, inner: Path): boolean {
  return outer.every((part, i) => part === inner[i]);
}

function isSame(a: Path, b: Path): boolean {
  return a.length === b.length && isWithin(a, b);
}

/** A stack may be called "org/Feature_X.2"; a lab may not. */
export function labFromStack(stack: string): string {
  const label = `ovb-${stack}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 30);
  return label.replace(/-+$/, "");
}

/** Under which a secret may stand. */
const secretKeys: readonly PropertyKey[] = ["credential", "password", "userData"];

function describe(raw: unknown, path: Path, message: string): string {
  const value = valueAt(raw, path);
  // Pulumi cuts secrets out of what it prints; the other commands do not know them as such.
  const shown =
    value === undefined || path.some((part) => secretKeys.includes(part))
      ? ""
      : ` ${shorten(JSON.stringify(value, (name, part) => (secretKeys.includes(name) ? "[secret]" : typeof part === "string" ? shownUrl(part) : part)))}`;
  return `${keyOf(path)}${shown}: ${message}`;
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
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
