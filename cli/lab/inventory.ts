import { extname, join, relative, resolve } from "node:path";
import { type Command, Option } from "commander";
import type { BmcDriver } from "../../plan/inventory/dialect";
import { dialects } from "../../plan/inventory/dialects";
import type { Inventory } from "../../plan/inventory/inventory";
import { writePrivate } from "../../process/writePrivate";
import { stackCommand } from "../command/stackCommand";
import { project, type StackChoice, stackForReading } from "../stack/environment";

interface InventoryOptions extends StackChoice {
  readonly format: string;
  readonly driver: BmcDriver;
  readonly output?: string;
  readonly mac: boolean;
  readonly sshUser?: string;
}

export function inventoryCommand(): Command {
  const readers = Object.entries(dialects).map(([name, { reader }]) => `  ${name.padEnd(11)} ${reader}`);
  return stackCommand("inventory")
    .description(
      "Write the lab's nodes for whoever installs them, from the stack's outputs. The file holds the BMCs' password:\n" +
        "only its owner can read it.",
    )
    .addOption(
      new Option("-f, --format <format>", "for whom").choices(Object.keys(dialects)).default("instackenv"),
    )
    .addOption(
      new Option("--driver <driver>", "how the nodes' BMCs are reached")
        .choices(["ipmi", "redfish"])
        .default("ipmi"),
    )
    .option("-o, --output <file>", "write there; - is stdout (default: build/STACK/, named after the format)")
    .option("--mac", "instackenv: `mac` instead of `ports`, for TripleO up to Queens", false)
    .option("--ssh-user <name>", "ansible: who logs in to the undercloud and the BMC")
    .addHelpText("after", `\nWho reads them:\n${readers.join("\n")}`)
    .action((options: InventoryOptions, command: Command) => {
      const problem = mistake(options);
      if (problem) command.error(`error: ${problem}`);
      return inventory(options);
    });
}

/** What is wrong with options that are right one by one. */
function mistake({ format, output, mac, sshUser }: InventoryOptions): string | undefined {
  if (mac && format !== "instackenv") return "--mac is for --format instackenv";
  if (sshUser !== undefined && format !== "ansible") return "--ssh-user is for --format ansible";
  if (sshUser !== undefined && !/^[a-z_][a-z0-9_-]*$/i.test(sshUser)) {
    return `--ssh-user '${sshUser}' is no user name`;
  }
  const endings = [".json", ".yaml"];
  if (format === "ironic" && output !== undefined && output !== "-" && !endings.includes(extname(output))) {
    return `--output ${output}: \`baremetal create\` reads files that end in .json or .yaml only`;
  }
  return undefined;
}

async function inventory({ format, driver, output, mac, sshUser, ...choice }: InventoryOptions) {
  const { render, file, reader } = dialects[format]!;
  const stack = await stackForReading(choice);
  const outputs = await stack.outputs<{ inventory?: Inventory }>();
  if (!outputs.inventory) {
    throw new Error(`The stack ${choice.stack} has no inventory yet: npx ovb up --stack ${choice.stack}`);
  }
  const text = render(outputs.inventory, { driver, legacyMac: mac, sshUser });
  if (output === "-") {
    process.stdout.write(text);
    return;
  }
  const path = resolve(output ?? join(project, "build", choice.stack, file));
  writePrivate(path, text);
  const shown = relative(process.cwd(), path);
  process.stdout.write(
    `${shown}: ${outputs.inventory.nodes.length} nodes; next: ${reader.replace("FILE", shown)}\n`,
  );
}
