/** Everything that is wrong with something, found in one go. */
export class ProblemsError extends Error {
  /** @param head what they are of, such as "Ironic did not take 2 of the nodes:" */
  constructor(
    head: string,
    readonly problems: readonly string[],
  ) {
    super(`${head}\n${bullets(problems)}`);
  }
}

/** A line each, as messages list them. */
export function bullets(lines: Iterable<string>): string {
  return [...lines].map((line) => `  - ${line}`).join("\n");
}
