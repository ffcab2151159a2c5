import { relative } from "node:path";
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

/** What would leave state of ours where the commands do not find it, or cannot read it. */
const refused: Readonly<Record<string, string>> = {
  rename: "the commands would not find it, and its lab would be another's",
  "change-secrets-provider": "the commands could not read it any more",
};

/** `ovb pulumi -- ARGS`: Pulumi itself, with the tools, backend and configuration of the other commands. */
async function pulumi(choice: StackChoice, args: readonly string[]): Promise<void> {
  const stack = await openStack(choice);
  const [command, sub = ""] = args;
  if (stack.backend && command === "stack" && refused[sub])
    throw new Error(
      `\`stack ${sub}\` is not for a stack whose state is kept by ovb: ${refused[sub]}. ` +
        "Export it (`npx ovb pulumi -- stack export`) into a backend of your own (`pulumi login`), or keep it as it is.",
    );
  await stack.prepare();
  if (await stack.pulumiOfUser(args, { output: "pass" }))
    console.error(`${relative(process.cwd(), stack.configFile)} is changed.`);
}
