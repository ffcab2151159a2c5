import { isMap, isScalar, isSeq, parseDocument } from "yaml";
import type { Setting } from "../../plan/lab/setting";

/**
 * A stack's file with these settings, its comments and everything else as they were.
 * @param text of the file
 * @param whole the stack's whole configuration, the `ovb:` keys without their prefix: what stands in Pulumi.yaml alone is
 * copied with the change, as a key of the stack's file wins as a whole
 */
export function applySettings(
  text: string,
  settings: readonly Setting[],
  whole: Readonly<Record<string, unknown>>,
): string {
  const document = parseDocument(text);
  for (const { path, value } of settings) {
    const [key, ...rest] = path;
    const top = ["config", topKey(document.get("config"), String(key))];
    const standing = document.getIn(top, true);
    // A list or map as `pulumi config set` writes it without --path: JSON, as a text.
    const isJson = isScalar(standing) && typeof standing.value === "string" && rest.length > 0;
    if ((standing === undefined || isJson) && rest.length > 0 && whole[String(key)] !== undefined)
      document.setIn(top, document.createNode(whole[String(key)]));
    if (value === undefined) remove(document, [...top, ...rest]);
    else put(document, [...top, ...rest], value);
  }
  return document.toString({ lineWidth: 0, ...layoutOf(text) });
}

/** As the user indents: `pulumi config set` puts lists below their key without. */
function layoutOf(text: string): { indent: number; indentSeq: boolean } {
  const indent = /^config:.*\n(?: *(?:#.*)?\n)*( +)\S/m.exec(text)?.[1]?.length ?? 2;
  return { indent, indentSeq: !/^( +)[^\s#][^\n]*:\n\1- /m.test(text) };
}

type Yaml = ReturnType<typeof parseDocument>;

/** A key without a namespace is the project's too. */
function topKey(config: unknown, key: string): string {
  return isMap(config) && config.has(key) ? key : `ovb:${key}`;
}

/** A value that stands keeps the comment behind it. */
function put(document: Yaml, at: readonly PropertyKey[], value: unknown): void {
  const standing = document.getIn(at, true);
  if (isScalar(standing) && (typeof value !== "object" || value === null)) standing.value = value;
  else document.setIn(at, document.createNode(value));
}

/** With what has become empty by it. */
function remove(document: Yaml, at: readonly PropertyKey[]): void {
  if (!document.hasIn(at)) return;
  document.deleteIn(at);
  const above = at.slice(0, -1);
  const rest = document.getIn(above, true);
  if (above.length > 1 && (isMap(rest) || isSeq(rest)) && rest.items.length === 0) remove(document, above);
}
