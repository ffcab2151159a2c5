import type { Command } from "commander";
import { stackCommand } from "../command/stackCommand";
import { openStack, type StackChoice } from "../stack/environment";

export function pulumiCommand(): Command {
  return stackCommand("pulumi")
    .description("Run Pulumi on the stack, with the tools, backend and configuration of the other commands.")
    .usage("[options] -- <pulumi arguments...>")
    .argument("<arguments...>", "such as: preview --diff")
    .action((args: string[], choice: StackChoice) => pulumi(choice, args));
}

/** `ovb pulumi -- ARGS`: Pulumi itself, with the tools, backend and configuration of the other commands. */
async function pulumi(choice: StackChoice, args: readonly string[]): Promise<void> {
  const stack = await openStack(choice);
  await stack.prepare();
  await stack.pulumi(args, { output: "pass" });
}
