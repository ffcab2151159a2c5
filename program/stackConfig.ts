import { getStack, RunError } from "@pulumi/pulumi";
import { ConfigError } from "../plan/config/parseConfig";
import { readLabConfig } from "../plan/config/readLabConfig";
import type { LabConfig } from "../plan/lab/schema/configSchema";
import { filesIn } from "../process/filesIn";
import { readConfig } from "./readConfig";

/**
 * The lab that the stack's configuration describes, by its keys under a prefix such as "ovb:".
 * @throws RunError with every problem, which the CLI shows without a stack trace: the user's mistake is not in the program
 */
export function stackConfig(prefix: string): LabConfig {
  try {
    // Pulumi runs us in the project's folder.
    return readLabConfig(readConfig(prefix), getStack(), filesIn(process.cwd()));
  } catch (error) {
    throw error instanceof ConfigError ? new RunError(error.message) : error;
  }
}
