import { Document, isMap, isScalar, type Node, type Pair, Scalar, visit } from "yaml";
import type { Choice } from "./given";

/** Characters of a comment's line. */
const width = 110;

/**
 * A stack's file: a key a choice, its reason above it.
 * @param head what the file is, above everything
 */
export function stackFileText(choices: readonly Choice[], head: string): string {
  const document = new Document({ config: {} });
  document.commentBefore = commentOf(head, width);
  for (const { path, value, comment } of choices) {
    const [key = "", ...rest] = path;
    const at = ["config", `ovb:${String(key)}`, ...rest];
    document.setIn(at, quoted(document.createNode(value)));
    if (comment !== "") note(document, at, commentOf(comment, width - 2 * path.length));
  }
  return document.toString({ lineWidth: 0 });
}

/** Words of YAML 1.1. */
const otherwise = /^(y|n|yes|no|on|off|true|false|null|nan|inf)$/i;

/** Texts that some reader of YAML takes for something else, such as yes, 1e3 or 2026-11-30, are quoted. */
function quoted(node: Node): Node {
  visit(node, {
    Scalar: (_, scalar) => {
      if (
        typeof scalar.value === "string" &&
        (!/^[A-Za-z][\w. /+=@-]*$/.test(scalar.value) || otherwise.test(scalar.value))
      )
        scalar.type = "QUOTE_DOUBLE";
    },
  });
  return node;
}

/** Above the key; above the whole list where the key is the first of its first entry. */
function note(document: Document, at: readonly PropertyKey[], comment: string): void {
  const parent = document.getIn(at.slice(0, -1), true);
  if (!isMap(parent)) return;
  const pairs = parent.items as Pair<Scalar | string, Node>[];
  const index = pairs.findIndex(({ key }) => (isScalar(key) ? key.value : key) === at.at(-1));
  if (index === 0 && at.at(-2) === 0) {
    note(document, at.slice(0, -2), comment);
    return;
  }
  const pair = pairs[index];
  if (!pair) return;
  if (!isScalar(pair.key)) pair.key = new Scalar(pair.key) as Scalar;
  pair.key.commentBefore = comment;
}

/** Wrapped; names of a cloud may hold anything, and a comment ends with its line. */
function commentOf(text: string, most: number): string {
  const words = text
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?")
    .split(/ +/)
    .filter(Boolean);
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 1 <= most)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => ` ${line}`).join("\n");
}
