import type { Command } from "commander";
import { authFromEnvironment } from "../../openstack/auth";
import { Session } from "../../openstack/session";
import { interruptible } from "../../process/interrupt";
import { Phases } from "../../process/phases";
import { type Answer, asks, requireAnswer } from "../command/confirm";
import { stackCommand } from "../command/stackCommand";
import {
  chooseIronicNodes,
  type IronicOutputs,
  LabIronic,
  labOf,
  usualStepMinutes,
} from "../ironic/labIronic";
import { openStack, type StackChoice } from "../stack/environment";
import { refuseForeign } from "../stack/labServers";
import { stackClaim } from "../stack/ownState";
import { askBeforeUndeploy } from "./askBeforeDeploy";
import { minutes } from "./deploy";
import { takesUp, urlOption } from "./enroll";

interface UndeployOptions extends StackChoice, Answer {
  readonly timeout: number;
  readonly url?: string;
}

export function undeployCommand(): Command {
  return asks(stackCommand("undeploy"))
    .description(
      "Take nodes back in the Ironic on the lab's undercloud, side by side: it powers them off, cleans them where\n" +
        "ovb:undercloud.ironic.automatedClean says so, and has them `available` for the next `npx ovb deploy`. Ironic does\n" +
        "not know any more what was on them; what is on their disks stays there until the next deployment, or until\n" +
        "`npx ovb rebuild`. Says what will go, and asks.",
    )
    .argument("<node...>", "nodes by GROUP-INDEX, such as node-0, or by their whole name")
    .option("--timeout <minutes>", "for each node", minutes, usualStepMinutes)
    .addOption(urlOption)
    .addHelpText(
      "after",
      "\nExample:\n  npx ovb undeploy node-0 && npx ovb deploy node-0 --ssh-key ~/.ssh/id_ed25519.pub",
    )
    .action((nodes: string[], options: UndeployOptions, command: Command) => {
      requireAnswer(command, options);
      return undeploy(nodes, options);
    });
}

async function undeploy(nodes: readonly string[], options: UndeployOptions): Promise<void> {
  const { timeout, url, yes, ...choice } = options;
  const phases = new Phases();
  const session = new Session(authFromEnvironment());
  await refuseForeign(session, choice);
  const stack = await openStack(choice);
  const outputs = await stack.outputs<IronicOutputs>();
  const { chosen, idle } = await interruptible(takesUp, async (signal) => {
    const ironic = await phases.run("waiting for Ironic", async () =>
      LabIronic.open(outputs, {
        ...{ session, claim: await stackClaim(choice, labOf(outputs)), report: phases.report },
        ...{ signal, url, stepMinutes: timeout },
      }),
    );
    const chosen = chooseIronicNodes(ironic, nodes);
    await askBeforeUndeploy({ ironic, session, stack: choice.stack, nodes: chosen }, { yes });
    const idle = await phases.run(`taking back ${chosen.join(", ")}`, () => ironic.undeploy(chosen));
    return { chosen, idle };
  });
  const said = (name: string) =>
    idle.includes(name)
      ? `${name} had nothing deployed by Ironic: nothing was done`
      : `${name} is taken back`;
  process.stdout.write(chosen.map((name) => `${said(name)}\n`).join(""));
}
