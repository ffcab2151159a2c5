import { log, type Output, RunError, runtime } from "@pulumi/pulumi";
import { Session } from "../openstack/session";
import type { LabPlan } from "../plan/lab/labPlan";
import { providerAuth } from "./providerAuth";
import { waitForBmc } from "./waitForBmc";

/**
 * Until the lab's BMC answers for every node: awaited by the program, an update ends only then. Nothing in a preview, nor
 * where the plan does not wait.
 * @param serverId known once the BMC's VM and all nodes are there.
 * @throws RunError with the end of the BMC's console
 */
export async function bmcReadiness(
  plan: LabPlan,
  serverId: Output<string>,
  session: Session | undefined,
): Promise<void> {
  const { name, readinessTimeout } = plan.bmc!;
  if (readinessTimeout === 0 || runtime.isDryRun()) return;
  const endpoints = plan.nodes.map(({ key, ipmiAddress, ipmiPort }) => ({
    key,
    address: ipmiAddress!,
    port: ipmiPort,
  }));
  // A server that cannot be made ends the program by itself.
  const id = await new Promise<string>((resolve) => serverId.apply(resolve));
  try {
    await waitForBmc({
      session: session ?? new Session(providerAuth()), // which says why there is none
      ...{ lab: plan.name, name, serverId: id, endpoints, timeoutSeconds: readinessTimeout },
      report: (line) => void log.info(line, undefined, undefined, true), // ephemeral: progress
    });
  } catch (error) {
    throw new RunError((error as Error).message);
  }
}
