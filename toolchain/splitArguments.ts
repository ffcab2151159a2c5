/**
 * Splits a line into arguments as a POSIX shell would, quotes and backslashes included, and nothing else (no variables,
 * no globs): what Pulumi.yaml's `nodeargs` option is written in.
 *
 * @throws Error when a quote is not closed.
 */
export function splitArguments(line: string): string[] {
  const found: string[] = [];
  let current: string | undefined;
  let quote = "";
  for (let at = 0; at < line.length; at++) {
    const character = line[at]!;
    const escapes = character === "\\" && quote !== "'" && at + 1 < line.length;
    if (escapes && (quote === "" || '"\\'.includes(line[at + 1]!))) {
      current = (current ?? "") + line[++at];
    } else if (quote !== "") {
      if (character === quote) quote = "";
      else current += character;
    } else if (character === "'" || character === '"') {
      quote = character;
      current ??= "";
    } else if (/\s/.test(character)) {
      if (current !== undefined) found.push(current);
      current = undefined;
    } else {
      current = (current ?? "") + character;
    }
  }
  if (quote !== "")
    throw new Error(`nodeargs in Pulumi.yaml has an opening ${quote} without its end: ${line}`);
  if (current !== undefined) found.push(current);
  return found;
}
