import { z } from "zod";

/** What JSON Schema says of a key; the part that a reader is told. */
interface Described {
  readonly type?: "string" | "number" | "integer" | "boolean" | "array" | "object";
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly items?: Described;
  readonly properties?: Readonly<Record<string, Described>>;
  readonly additionalProperties?: Described | boolean;
  readonly required?: readonly string[];
}

/** The configuration's keys as a Markdown table: path as for `pulumi config set --path`, type, default, meaning. */
export function configTable(schema: z.ZodType): string {
  // "input": as the user writes it, so what has a default may be left out.
  const described = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Described;
  const head = ["| Key | Type | Default | What it does |", "| --- | --- | --- | --- |"];
  return [...head, ...keys(described, "ovb:")].join("\n");
}

/** docs/configuration.md. */
export function configurationPage(schema: z.ZodType): string {
  return `# Configuration

<!-- Made from plan/lab/schema/: change the descriptions there, then run
     npx vitest run --project unit test/unit/plan/config/configTable.test.ts -u -->

A stack's configuration is in \`Pulumi.STACK.yaml\`; values for every stack may be in \`Pulumi.yaml\`. Every key has a
default or may be left out, unless the table says that it is required. \`[0]\` is the first entry of a list,
\`[1]\` the second, and so on:

\`\`\`sh
npx ovb pulumi -- config set ovb:publicNetwork external
npx ovb pulumi -- config set --path 'ovb:nodes[0].count' 3
npx ovb pulumi -- config set --path 'ovb:nodes[0].bootScripts["node-1"]' inspector.ipxe
npx ovb plan    # what follows from it, offline
\`\`\`

All mistakes are reported at once, each with its key, its value and the way out, before anything is created.

${configTable(schema)}
`;
}

function keys({ properties = {}, required = [] }: Described, prefix: string): string[] {
  return Object.entries(properties).flatMap(([name, key]) => {
    const path = `${prefix}${name}`;
    const row = [
      `\`${path}\``,
      typeOf(key),
      required.includes(name) ? "required" : defaultOf(key),
      key.description ?? "",
    ];
    const inner = key.items?.properties ? { of: key.items, at: `${path}[0].` } : { of: key, at: `${path}.` };
    return [`| ${row.map(cell).join(" | ")} |`, ...keys(inner.of, inner.at)];
  });
}

function typeOf({ type, enum: choices, items, properties, additionalProperties: values }: Described): string {
  if (choices) return choices.map((choice) => `\`${choice}\``).join(", ");
  if (type === "array") return items?.properties ? "list of maps" : `list of ${typeOf(items ?? {})}s`;
  if (type === "object" && properties) return "map";
  if (type === "object") return `map to ${typeOf(typeof values === "object" ? values : {})}`;
  return type ?? "any";
}

/** A map's defaults are those of its keys, which have rows of their own; so are those of a list's maps. */
function defaultOf({ type, default: value, items, properties }: Described): string {
  if (value === undefined || (type === "object" && properties)) return "";
  const shown =
    Array.isArray(value) && items?.properties ? value.map((entry) => unlike(entry, items)) : value;
  return `\`${typeof shown === "string" ? shown : JSON.stringify(shown)}\``;
}

function unlike(entry: Record<string, unknown>, { properties = {} }: Described): Record<string, unknown> {
  const differs = ([name, value]: [string, unknown]) =>
    JSON.stringify(value) !== JSON.stringify(properties[name]?.default);
  return Object.fromEntries(Object.entries(entry).filter(differs));
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
