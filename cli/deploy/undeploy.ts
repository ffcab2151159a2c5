import type { Command } from "commander";
import { type Answer, asks, requireAnswer } from "../command/confirm";
import { type ChosenLab, type LabCommandSpec, labCommand } from "../command/labCommand";
import type { Outside } from "../command/outside";
import { chooseIronicNodes, usualStepMinutes } from "../ironic/labIronic";
import type { StackChoice } from "../stack/environment";
import { askBeforeUndeploy } from "./askBeforeDeploy";
import { minutes, openIronic, takesUp, urlOption } from "./openIronic";

interface UndeployOptions extends StackChoice, Answer {
  readonly timeout: number;
  readonly url?: string;
}

export function undeployCommand(outside?: Outside): Command {
  const spec: LabCommandSpec<[nodes: string[]], UndeployOptions> = {
    description:
      "Take nodes back in the Ironic on the lab's undercloud, side by side: it powers them off, cleans them where\n" +
      "ovb:undercloud.ironic.automatedClean says so, and has them `available` for the next `npx ovb deploy`. Ironic does\n" +
      "not know any more what was on them; what is on their disks stays there until the next deployment, or until\n" +
      "`npx ovb rebuild`. Says what will go, and asks.",
    interrupted: takesUp,
    define: (command) =>
      asks(command)
        .argument("<node...>", "nodes by GROUP-INDEX, such as node-0, or by their whole name")
        .option("--timeout <minutes>", "for each node", minutes, usualStepMinutes)
        .addOption(urlOption),
    check: (command, _nodes, options) => requireAnswer(command, options),
  };
  return labCommand("undeploy", spec, undeploy, outside);
}

async function undeploy(
  lab: ChosenLab,
  nodes: readonly string[],
  { timeout, url, yes }: UndeployOptions,
): Promise<void> {
  const { ironic } = await openIronic(lab, { url, timeout });
  const { session, choice } = lab;
  const chosen = chooseIronicNodes(ironic, nodes);
  await askBeforeUndeploy({ ironic, session, stack: choice.stack, nodes: chosen }, { yes });
  const idle = await lab.phases.run(`taking back ${chosen.join(", ")}`, () => ironic.undeploy(chosen));
  const said = (name: string) =>
    idle.includes(name)
      ? `${name} had nothing deployed by Ironic: nothing was done`
      : `${name} is taken back`;
  process.stdout.write(chosen.map((name) => `${said(name)}\n`).join(""));
}
