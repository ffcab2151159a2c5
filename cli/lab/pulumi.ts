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
  if (stack.backend && args[0] === "stack" && args[1] === "rename")
    throw new Error(
      "A stack whose state is kept by ovb cannot be renamed: the commands would not find it, and its lab would be another's. " +
        "Export it (`npx ovb pulumi -- stack export`) into a backend of your own (`pulumi login`), or keep its name.",
    );
  await stack.prepare();
  await stack.pulumi(args, { output: "pass" });
}
