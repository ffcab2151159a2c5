import { Command } from "commander";

/** A command about a stack, with the options that choose it. */
export function stackCommand(name: string): Command {
  return new Command(name)
    .option("-s, --stack <name>", "the stack", "dev")
    .option("--config-file <file>", "its configuration, instead of Pulumi.STACK.yaml");
}

/** The same for commands that use the devcloud where no cloud is named. */
export function cloudCommand(name: string): Command {
  return stackCommand(name).option("--devcloud <name>", "name of the devcloud", "devcloud");
}
