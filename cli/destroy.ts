import { authFromEnvironment } from "../openstack/auth";
import { Session } from "../openstack/session";
import { openStack, type StackChoice } from "./environment";
import { Phases } from "./phases";
import { recover } from "./recover";

/** Destroys a lab and forgets its stack. A lab that was never made is none to destroy, and no error. */
export async function destroy(choice: StackChoice): Promise<number> {
  const phases = new Phases();
  const stack = await openStack(choice);
  if (!stack.exists) {
    phases.report(`there is no lab of the stack ${choice.stack}`);
    return 0;
  }
  await phases.run(`destroying the lab of the stack ${choice.stack}`, async () => {
    await stack.prepare();
    await recover(stack, new Session(authFromEnvironment()), phases.report);
    await stack.pulumi(["destroy", "--yes", "--skip-preview", "--non-interactive", "--parallel", "64"]);
  });
  if (stack.backend) await stack.pulumi(["stack", "rm", "--yes", "--preserve-config"], { output: "capture" });
  process.stderr.write(`\n${phases.summary()}\n`);
  return 0;
}
