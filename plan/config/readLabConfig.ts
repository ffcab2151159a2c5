import type { LabConfig } from "../lab/schema/configSchema";
import { ConfigError, parseConfig } from "./parseConfig";
import type { Path } from "./problem";

/** Text of a file that the configuration names. @throws Error whose message says why there is none */
export type ReadFile = (path: string) => string;

/**
 * The one door from a stack's `ovb:` keys to a lab's configuration: checks them, and puts the text of
 * undercloud.userDataFile in place of its name, read by the caller, as the planner does no I/O. The Pulumi program, `plan`, its comparisons
 * and the checks before `up` all come through here, so that they see the same lab.
 * @param raw the `ovb:` keys without their prefix
 * @param unknown paths of values in it that are encrypted and cannot be read here
 * @throws ConfigError with every problem, an unreadable file among them
 */
export function readLabConfig(
  raw: Record<string, unknown>,
  stack: string,
  read: ReadFile,
  unknown: readonly Path[] = [],
): LabConfig {
  const undercloud = raw.undercloud as Partial<LabConfig["undercloud"]> | undefined;
  const file = undercloud?.userDataFile;
  // What is wrong otherwise is for parseConfig to say, together with the rest.
  const isUnknown = unknown.some(([section, key]) => section === "undercloud" && key === "userDataFile");
  if (typeof file !== "string" || file === "" || undercloud?.kind !== "custom" || isUnknown)
    return parseConfig(raw, stack, unknown);
  if (undercloud.userData !== undefined) return parseConfig(raw, stack, unknown);
  const { userDataFile, ...rest } = undercloud;
  const parse = (userData: string) =>
    parseConfig({ ...raw, undercloud: { ...rest, userData } }, stack, unknown);
  let text: string;
  try {
    text = read(file);
  } catch (error) {
    const problem = `ovb:undercloud.userDataFile: ${(error as Error).message}; the path is relative to the project's folder`;
    throw new ConfigError([problem, ...problemsOf(() => parse("#!/bin/sh\n"))]);
  }
  return parse(text);
}

function problemsOf(parse: () => unknown): readonly string[] {
  try {
    parse();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
