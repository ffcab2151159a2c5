import type { Command } from "commander";
import type { Session } from "../../openstack/session";
import type { LabPlan } from "../../plan/lab/labPlan";
import { Phases } from "../../process/phases";
import { type Claim, ForeignLab, takenOver } from "../../tenant/claim";
import { tenantInventory } from "../../tenant/inventory";
import { type Answer, asks, confirm, requireAnswer, whereabouts } from "../command/confirm";
import { environmentsCloud, type Outside } from "../command/outside";
import { stackCommand } from "../command/stackCommand";
import type { IronicOutputs } from "../ironic/labIronic";
import { forgetGone } from "../recover/forgetGone";
import { recover } from "../recover/recover";
import { repeatable } from "../recover/repeatable";
import { openStack, project, type StackChoice } from "../stack/environment";
import { checkHome, forgetHome } from "../stack/home";
import { stackPlan } from "../stack/stackPlan";
import { stackState } from "../stack/stackState";
import { removeSyncCredential, syncCredentialName } from "../sync/syncCredential";
import { whatGoes } from "./whatGoes";

export interface DestroyOptions extends StackChoice, Answer {}

export function destroyCommand(outside = environmentsCloud): Command {
  return asks(stackCommand("destroy"))
    .description(
      "Destroy the stack's lab in the tenant that OS_CLOUD or OS_AUTH_URL names, and forget the stack. Says what will go,\n" +
        "and asks.",
    )
    .action((options: DestroyOptions, command: Command) => {
      requireAnswer(command, options);
      return destroy(options, outside);
    });
}

/** Destroys a lab and forgets its stack. A lab that was never made is none to destroy, and no error. */
async function destroy({ yes, ...choice }: DestroyOptions, outside: Outside): Promise<void> {
  const phases = new Phases();
  const stack = await openStack(choice);
  if (!stack.exists) {
    phases.report(`there is no lab of the stack ${choice.stack}`);
    return;
  }
  await stack.prepare();
  const session = outside.session();
  await checkHome(choice.stack, session);
  const state = await stackState(stack);
  const outputs = yes || state.labs.length === 0 ? undefined : await stack.outputs<IronicOutputs>();
  const lab = state.labs[0] ? `the lab ${state.labs[0]}` : "what there is";
  const inventory = state.claims.length > 0 ? await tenantInventory(session) : [];
  for (const claim of state.claims) {
    const taken = takenOver(inventory, claim);
    if (taken.length > 0) throw new ForeignLab(claim, taken, "nothing was destroyed");
  }
  const facts = [
    ["cloud", await whereabouts(session)] as const,
    ...(await whatGoes(session, state, outputs)),
  ];
  await confirm({ what: `Destroy ${lab} of the stack ${choice.stack}:`, facts }, { yes });
  await phases.run(`destroying ${lab} of the stack ${choice.stack}`, async () => {
    const claims = await recover(stack, session, phases.report, { plan: planned(choice), next: "destroy" });
    await forgetGone(stack, session, phases.report, { ending: true });
    const args = ["destroy", "--yes", "--skip-preview", "--non-interactive", "--parallel", "64"];
    await repeatable(stack, "destroy", () => stack.pulumi(args));
    for (const claim of claims) await forgetSync(session, claim, phases.report);
  });
  if (stack.backend) await stack.pulumi(["stack", "rm", "--yes", "--preserve-config"], { output: "capture" });
  forgetHome(choice.stack);
  process.stderr.write(`\n${phases.summary()}\n`);
}

/** Undefined where the configuration says nothing any more: what is to be destroyed is in the state. */
function planned(choice: StackChoice): LabPlan | undefined {
  try {
    return stackPlan(project, choice);
  } catch {
    return undefined;
  }
}

/** What `ovb sync-service` made, which Pulumi knows nothing of. Without it the lab is destroyed all the same. */
async function forgetSync(session: Session, claim: Claim, report: (line: string) => void): Promise<void> {
  const name = syncCredentialName(claim.lab);
  try {
    if (await removeSyncCredential(session, claim)) report(`the application credential ${name} is deleted`);
  } catch (error) {
    report(`an application credential ${name} may be left: ${(error as Error).message}`);
  }
}
