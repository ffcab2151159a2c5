import { RunError } from "@pulumi/pulumi";
import { accessRules, faultRules } from "../agent/bmc/cloud/accessRules";
import { bundleAgent } from "../agent/service/bundle";
import type { BmcSource } from "../components/virtualBaremetalLab";
import { bmcUserDataProblem } from "../plan/guest/bmc/userData";
import type { LabPlan } from "../plan/lab/labPlan";
import type { LabConfig } from "../plan/lab/schema/configSchema";
import { lookUpAgentCloud } from "./agentCloud";

/**
 * What the BMC's VM is given, checked before anything is created; undefined for a lab without one.
 * @throws RunError when Nova would refuse it, or the cloud lacks what the agent needs
 */
export async function resolveBmc(plan: LabPlan, { bmc }: LabConfig): Promise<BmcSource | undefined> {
  if (!plan.bmc) return undefined;
  const [{ code: agent }, facts] = await Promise.all([
    bundleAgent(),
    lookUpAgentCloud(plan.bmc, plan.bmc.faults ? [...accessRules, ...faultRules] : accessRules),
  ]);
  const problem = bmcUserDataProblem(plan, { agent, cloud: facts.cloud });
  if (problem) throw new RunError(problem);
  return { agent, ...facts, credential: bmc.credential };
}
