import { Refusal, shown } from "./refusal";
import type { Json } from "./resource";

/** DSP0266, "Query parameters", as far as they are supported; the service root says so. */
export interface Query {
  readonly only: boolean;
  /** Which links are replaced by what is there: those below (.), those in Links (~), both (*). */
  readonly expand?: string;
  readonly select?: readonly string[];
}

/** What starts with $ and is not supported is refused, the rest ignored. @throws Refusal (400, 501) */
export function parseQuery(text: string): Query {
  let query: Query = { only: false };
  for (const [name, value] of new URLSearchParams(text)) {
    if (name === "only" && value !== "") throw wrongFormat(name, value);
    else if (name === "only") query = { ...query, only: true };
    else if (name === "$expand") query = { ...query, expand: expansion(value) };
    else if (name === "$select") query = { ...query, select: value.split(",").map((path) => path.trim()) };
    else if (name.startsWith("$")) throw new Refusal("QueryParameterUnsupported", { args: [shown(name)] });
  }
  if (query.only && (query.expand ?? query.select) !== undefined)
    throw new Refusal("QueryCombinationInvalid");
  return query;
}

function expansion(value: string): string {
  const [, kind, levels = "1"] = /^([.~*])(?:\(\$levels=(\d+)\))?$/.exec(value) ?? [];
  if (kind === undefined) throw wrongFormat("$expand", value);
  if (levels !== "1") throw new Refusal("QueryParameterOutOfRange", { args: [levels, "$levels", "1"] });
  return kind;
}

const wrongFormat = (name: string, value: string): Refusal =>
  new Refusal("QueryParameterValueFormatError", { args: [shown(value), name] });

type Read = (path: string) => Promise<Json | undefined>;

/** With only and $expand: what an ETag is of. @throws Refusal, and what reading throws */
export async function resolved(body: Json, { only, expand }: Query, read: Read): Promise<Json> {
  if (only) {
    if (!Array.isArray(body.Members)) throw new Refusal("QueryNotSupportedOnResource");
    const [first, ...more] = body.Members as { "@odata.id": string }[];
    return (more.length === 0 && first !== undefined && (await read(first["@odata.id"]))) || body;
  }
  if (expand === undefined) return body;
  const visit = async (value: unknown, inLinks: boolean): Promise<unknown> => {
    if (Array.isArray(value)) return Promise.all(value.map((each) => visit(each, inLinks)));
    if (typeof value !== "object" || value === null) return value;
    const { "@odata.id": path, ...rest } = value as Json;
    if (typeof path === "string" && Object.keys(rest).length === 0) {
      const isWanted = expand === "*" || inLinks === (expand === "~");
      return (isWanted && (await read(path))) || value;
    }
    const entries = Object.entries(value).map(
      async ([name, each]) => [name, await visit(each, inLinks || name === "Links")] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
  };
  return (await visit(body, false)) as Json;
}

/** Only what $select names, by paths such as "Boot/BootSourceOverrideTarget"; of a collection, of its expanded members. */
export function selected(body: Json, paths: readonly string[]): Json {
  const entries = Object.entries(body).flatMap(([name, value]): [string, unknown][] => {
    if (name === "Members" && Array.isArray(value)) {
      return [[name, value.map((each) => selected(each as Json, paths))]];
    }
    const property = name.split("@")[0]!;
    if (property === "" || property === "Members" || paths.includes(property)) return [[name, value]];
    const below = paths.filter((path) => path.startsWith(`${property}/`));
    if (below.length === 0 || typeof value !== "object" || value === null) return [];
    const inner = below.map((path) => path.slice(property.length + 1));
    return [[name, selected(value as Json, inner)]];
  });
  return Object.fromEntries(entries);
}
