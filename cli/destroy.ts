import type { Command } from "commander";
import { authFromEnvironment } from "../openstack/auth";
import { Session } from "../openstack/session";
import { Phases } from "../process/phases";
import { openStack, type StackChoice } from "./environment";
import { recover, repeatable } from "./recover";
import { stackCommand } from "./stackOptions";
import { removeSyncCredential, syncCredentialName } from "./syncCredential";

export function destroyCommand(): Command {
  return stackCommand("destroy")
    .description(
      "Destroy the stack's lab in the tenant that OS_CLOUD or OS_AUTH_URL names, and forget the stack.",
    )
    .action((choice: StackChoice) => destroy(choice));
}

/** Destroys a lab and forgets its stack. A lab that was never made is none to destroy, and no error. */
async function destroy(choice: StackChoice): Promise<void> {
  const phases = new Phases();
  const stack = await openStack(choice);
  if (!stack.exists) {
    phases.report(`there is no lab of the stack ${choice.stack}`);
    return;
  }
  await phases.run(`destroying the lab of the stack ${choice.stack}`, async () => {
    await stack.prepare();
    const session = new Session(authFromEnvironment());
    const labs = await recover(stack, session, phases.report);
    const args = ["destroy", "--yes", "--skip-preview", "--non-interactive", "--parallel", "64"];
    await repeatable(() => stack.pulumi(args));
    for (const lab of labs) await forgetSync(session, lab, phases.report);
  });
  if (stack.backend) await stack.pulumi(["stack", "rm", "--yes", "--preserve-config"], { output: "capture" });
  process.stderr.write(`\n${phases.summary()}\n`);
}

/** What `ovb sync-service` made, which Pulumi knows nothing of. Without it the lab is destroyed all the same. */
async function forgetSync(session: Session, lab: string, report: (line: string) => void): Promise<void> {
  const name = syncCredentialName(lab);
  try {
    if (await removeSyncCredential(session, lab)) report(`the application credential ${name} is deleted`);
  } catch (error) {
    report(`an application credential ${name} may be left: ${(error as Error).message}`);
  }
}
