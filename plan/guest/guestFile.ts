import { readFileSync } from "node:fs";
import { join } from "node:path";

/*
 * What runs in a guest and is Python or sh is a file of that language beside the module that fills it in, so that the
 * language's own tools read it. Each is read once, when the module is loaded: all that a plan ever reads.
 */

/** Text of a file below this folder: "bmc/nics.sh". */
export function guestFile(path: string): string {
  return readFileSync(join(__dirname, path), "utf8");
}

export interface Filling {
  /** What stands for @NAME@; several lines are for a place that is a line of its own. */
  readonly values?: Readonly<Record<string, string | number>>;
  /** Which parts stay: those from "# @if name" or "# @unless name" to "# @end". Parts may hold others. */
  readonly parts?: Readonly<Record<string, boolean>>;
}

const opening = /^\s*# @(if|unless) (\w+)$/;
const closing = /^\s*# @end$/;
const place = /@([A-Z][A-Z0-9_]*)@/g;

/**
 * A script of its template, which is a valid script itself.
 * @throws Error for a place or part that nothing is given for, or that the template does not have
 */
export function fill(template: string, { values = {}, parts = {} }: Filling): string {
  const unused = new Set([...Object.keys(values), ...Object.keys(parts)]);
  const open: boolean[] = [];
  const lines = template.split("\n").flatMap((line) => {
    const [, word, part] = opening.exec(line) ?? [];
    if (part !== undefined) {
      open.push(given(parts, part) === (word === "if"));
      unused.delete(part);
      return [];
    }
    if (closing.test(line)) {
      if (open.pop() === undefined) throw new Error("# @end without a part that it ends");
      return [];
    }
    for (const [, name] of line.matchAll(place)) unused.delete(name!);
    return open.every(Boolean) ? [line.replace(place, (_, name) => String(given(values, name)))] : [];
  });
  if (open.length > 0) throw new Error("a part has no # @end");
  if (unused.size > 0) throw new Error(`the template has no ${[...unused].join(", ")}`);
  return lines.join("\n");
}

function given<T>(all: Readonly<Record<string, T>>, name: string): T {
  const value = Object.hasOwn(all, name) ? all[name] : undefined;
  if (value === undefined) throw new Error(`nothing is given for ${name} of the template`);
  return value;
}
