import type { Command } from "commander";
import { Phases } from "../../process/phases";
import { type Answer, asks, confirm, requireAnswer, whereabouts } from "../command/confirm";
import { environmentsCloud, type Outside } from "../command/outside";
import { stackCommand } from "../command/stackCommand";
import { openStack, project, type StackChoice } from "../stack/environment";
import { stackClaim } from "../stack/ownState";
import { stackPlan } from "../stack/stackPlan";
import { look, performTakeOver } from "./performTakeOver";
import { besideAdvice, takeOverFacts, takeOverTable } from "./report";

interface TakeOverOptions extends StackChoice, Answer {
  readonly dryRun: boolean;
}

export function takeOverCommand(outside = environmentsCloud): Command {
  return asks(stackCommand("take-over"))
    .description(
      "Make a lab this stack's that the tenant has already: its state is lost, or its stack is given up. The nodes with\n" +
        "their disks, networks, ports, addresses and images stay as they are. The BMC and an undercloud with Ironic are deleted\n" +
        "and made anew, because the lost state alone had their secrets. Says what happens to what, and asks. Safe to repeat, also\n" +
        "after a run that was killed.",
    )
    .option("-n, --dry-run", "only show what would happen to what", false)
    .addHelpText(
      "after",
      "\nThe stack's configuration must be what the lab was made with: the same names, networks and nodes.",
    )
    .action((options: TakeOverOptions, command: Command) => {
      if (!options.dryRun) requireAnswer(command, options);
      return takeOver(options, outside);
    });
}

async function takeOver({ yes, dryRun, ...choice }: TakeOverOptions, outside: Outside): Promise<void> {
  const phases = new Phases();
  const plan = stackPlan(project, choice);
  const session = outside.session();
  const claim = await stackClaim(choice, plan.name);
  const { found } = await look(session, plan, claim);
  if (!found.isForeign && found.taken.length === 0)
    throw new Error(`This tenant has no lab ${plan.name}: \`npx ovb up --stack ${choice.stack}\` makes it.`);
  if (!found.isForeign && claim.owner !== undefined) {
    phases.report(`the lab ${plan.name} is this stack's already: \`npx ovb up --stack ${choice.stack}\``);
    return;
  }
  process.stdout.write(takeOverTable(found));
  const facts = [
    ["cloud", await whereabouts(session)] as const,
    ["stack", choice.stack] as const,
    ...takeOverFacts(plan, found),
  ];
  const what = `Take the lab ${plan.name} over:`;
  if (dryRun) {
    await confirm({ what: `${what.slice(0, -1)}, if this were not a dry run:`, facts }, { yes: true });
    return;
  }
  await confirm({ what, facts }, { yes });
  const stack = await openStack(choice);
  await phases.run(`taking the lab ${plan.name} over`, async () => {
    await stack.prepare();
    await performTakeOver({ stack, session, plan, report: phases.report }, found);
  });
  process.stderr.write(`\n${phases.summary()}\n\n`);
  const lines = [
    `The lab ${plan.name} is the stack ${choice.stack}'s. No other state can change it any more.`,
    ...(found.beside.length > 0
      ? [`Left alone: ${besideAdvice(plan.name, found.beside, found.owner)}.`]
      : []),
    `Next: npx ovb up --stack ${choice.stack}`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
