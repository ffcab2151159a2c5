import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Claim } from "../../tenant/claim";
import { labFolder, openStack, type StackChoice, stateOfOurs } from "./environment";
import { shortStack } from "./stackConfig";
import { claimOf, type State } from "./stateFile";

/**
 * What proves that a lab is the stack's: what its state has, wherever that is kept. A stack that was never made proves
 * nothing. State of ours is read as the file that it is, as no Pulumi has to be found or built for that.
 */
export async function stackClaim(
  choice: StackChoice,
  lab: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Claim> {
  const { stack } = choice;
  if (stateOfOurs(env)) {
    const file = join(
      labFolder(stack, env),
      "backend",
      ".pulumi",
      "stacks",
      "ovb",
      `${shortStack(stack)}.json`,
    );
    return claimOf(existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as State) : {}, lab);
  }
  const theirs = await openStack(choice, env);
  if (!(await theirs.listed())) return claimOf({}, lab);
  return claimOf(JSON.parse(await theirs.pulumi(["stack", "export"], { output: "capture" })) as State, lab);
}
