import { tripleoInput, undercloudConf } from "../guest/tripleo/undercloudFiles";
import type { LabPlan } from "../lab/labPlan";

/** The part of TripleO's undercloud.conf that must agree with the lab. @throws Error for a lab whose undercloud is ours. */
export function planUndercloudConf(plan: LabPlan): string {
  const input = tripleoInput(plan);
  if (!input) throw new Error("undercloud.conf is for a lab with ovb:undercloud.kind custom or none");
  return undercloudConf(input);
}
