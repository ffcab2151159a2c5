import { Command } from "commander";
import { project } from "../stack/project";
import { chooseStack } from "../stack/stackConfig";

/** A command about a stack, with the options that choose it. Whatever the command, one rule chooses: chooseStack(). */
export function stackCommand(name: string): Command {
  return new Command(name)
    .option(
      "-s, --stack <name>",
      "the stack (default: PULUMI_STACK, else the selected one, else the only one, else dev)",
    )
    .option("--config-file <file>", "its configuration, instead of Pulumi.STACK.yaml")
    .hook("preAction", (command) => {
      const { stack: given, project: folder = project } = command.opts<{
        stack?: string;
        project?: string;
      }>();
      const { stack, why } = chooseStack({ folder, stack: given, env: process.env });
      command.setOptionValueWithSource("stack", stack, "implied");
      if (why) console.error(`stack ${stack}: ${why}`);
    });
}

/** The same for commands that use the devcloud where no cloud is named. */
export function cloudCommand(name: string): Command {
  return stackCommand(name).option("--devcloud <name>", "name of the devcloud", "devcloud");
}
