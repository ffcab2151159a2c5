import { tokens } from "../../plan/review/resource";
import { CommandFailed } from "../../process/run";
import type { LabStack } from "../stack/labStack";
import { stackState } from "../stack/stackState";
import { nameOf } from "../stack/stateFile";

/**
 * Runs Pulumi; when it fails, or after Ctrl-C, says what is true then. Ctrl-C reaches Pulumi too, which ends what it is at.
 * @param again the command that goes on
 * @throws Error with the way out
 */
export async function repeatable<T>(
  stack: LabStack,
  again: "up" | "destroy" | "take-over",
  work: () => Promise<T>,
): Promise<T> {
  let interrupted = false;
  const note = () => {
    interrupted = true;
  };
  process.on("SIGINT", note).on("SIGTERM", note);
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    if (interrupted) throw new Error(await whatStands(stack, again));
    throw new Error(
      `${error.message}. What was done by then is kept: once the reason is gone, the same command goes on from ` +
        "there, and removes what this run may have left without knowing.",
    );
  } finally {
    process.off("SIGINT", note).off("SIGTERM", note);
  }
}

async function whatStands(stack: LabStack, again: string): Promise<string> {
  const { labs, made } = await stackState(stack);
  const [lab = stack.name] = labs;
  const on = `npx ovb ${again} --stack ${stack.name}`;
  if (made.length === 0) return `Interrupted. The stack has nothing of the lab ${lab}; next: \`${on}\``;
  const servers = made.filter(({ type }) => type === tokens.server).map(nameOf);
  const among = servers.length > 0 ? `the servers ${servers.sort().join(", ")} among them` : "no server yet";
  return (
    `Interrupted. Of the lab ${lab}, ${made.length === 1 ? "1 resource stands" : `${made.length} resources stand`}, ${among}. ` +
    "What stands counts against the quota.\n" +
    `\`${on}\` goes on from there, and clears up what was cut off.` +
    (again === "up" ? ` \`npx ovb destroy --stack ${stack.name}\` removes everything.` : "")
  );
}
