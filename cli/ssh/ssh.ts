import type { Command } from "commander";
import { statusOf } from "../../process/run";
import { ExitStatus } from "../command/exitStatus";
import { type ChosenLab, type LabCommandSpec, labCommand } from "../command/labCommand";
import type { Outside } from "../command/outside";
import type { StackChoice } from "../stack/environment";
import type { AccessOptions } from "./labHosts";
import { withSshConfig } from "./withSshConfig";

interface SshOptions extends StackChoice, AccessOptions {
  readonly tty?: boolean;
}

export function sshCommand(outside?: Outside): Command {
  const spec: LabCommandSpec<[server: string, command: string[]], SshOptions> = {
    description:
      "Log in to a server of the lab, or run a command there: to the undercloud at its floating IP, to the BMC and to nodes\n" +
      "through the undercloud. With the lab's own key, which `npx ovb up` gives to an undercloud with Ironic and to the BMC, and\n" +
      "`npx ovb deploy` to nodes; then with your own. Host keys are remembered for each VM. Ends with the exit status of the\n" +
      "command; 255 is ssh's own failure.",
    interrupted: "The lab is as it was; a command that runs there may go on.",
    hangup: true,
    define: (command) =>
      command
        .argument("<server>", "undercloud, bmc, or a node by GROUP-INDEX, such as node-0")
        .argument("[command...]", "put -- before it; as with ssh, the shell there reads it")
        .option("--user <name>", "whom to log in as (default: the image's own user, such as debian)")
        .option(
          "-i, --identity <file>",
          "a key of yours beside the lab's; the public half of one that an agent has",
        )
        .option("-t, --tty", "a terminal for the command, such as `top`"),
    check: (command, _server, _words, { user }) => {
      if (user !== undefined && !/^[a-z_][\w.-]*\$?$/i.test(user))
        command.error(`error: --user ${JSON.stringify(user)}: it is no name of a user`);
    },
  };
  return labCommand("ssh", spec, ssh, outside);
}

async function ssh(
  lab: ChosenLab,
  server: string,
  words: readonly string[],
  { tty, ...options }: SshOptions,
): Promise<void> {
  const status = await withSshConfig(lab, server, options, async (way) => {
    const command = words.length > 0 ? ["--", ...words] : [];
    const args = [...way.options, ...(tty ? ["-t"] : []), way.name, ...command];
    const ended = await statusOf("ssh", args, { signal: lab.signal });
    if (ended === 255) console.error(way.advice());
    return ended;
  });
  if (status !== 0) throw new ExitStatus(status);
}
