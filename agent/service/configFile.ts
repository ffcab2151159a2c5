import { readFileSync } from "node:fs";

/** `problems` has one sentence each, all of them at once, each beginning with its field. */
export class AgentConfigError extends Error {
  override readonly name = "AgentConfigError";

  constructor(
    source: string,
    readonly problems: readonly string[],
  ) {
    super([`${source} cannot be used:`, ...problems.map((problem) => `  - ${problem}`)].join("\n"));
  }
}

/** What a file of JSON holds, unchecked. @throws AgentConfigError */
export function readConfigFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new AgentConfigError(file, [
      code ? `it cannot be read (${code}): check its path, owner and mode` : `it is not JSON (${message})`,
    ]);
  }
}
