import { readFileSync } from "node:fs";
import type { LabConfig } from "../plan/schema";

export class UserDataFileError extends Error {}

/**
 * The configuration with the text of undercloud.userDataFile in place of its name. The planner does no I/O.
 * @param raw the `ovb:` keys; a path is relative to the process's folder, which for a Pulumi program is the project's.
 * @throws UserDataFileError naming the key and the file that cannot be read.
 */
export function readUserDataFile(raw: Record<string, unknown>): Record<string, unknown> {
  const undercloud = raw.undercloud as Partial<LabConfig["undercloud"]> | undefined;
  const file = undercloud?.userDataFile;
  // What is wrong otherwise is for parseConfig to say, together with the rest.
  if (typeof file !== "string" || file === "" || undercloud?.kind !== "custom") return raw;
  if (undercloud.userData !== undefined) return raw;
  const { userDataFile, ...rest } = undercloud;
  try {
    return { ...raw, undercloud: { ...rest, userData: readFileSync(file, "utf8") } };
  } catch (error) {
    throw new UserDataFileError(
      `ovb:undercloud.userDataFile: ${(error as Error).message}; the path is relative to the project's folder`,
    );
  }
}
