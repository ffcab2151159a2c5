import type { LabPlan } from "../lab/labPlan";
import { bootServerUserData } from "./bootServer/userData";
import { type IronicSecrets, noSecrets } from "./ironic/secrets";
import { ironicUserData } from "./ironic/userData";
import { customUserData } from "./tripleo/customUserData";

/**
 * What cloud-init is given on the undercloud; undefined where the plan has none. The same text for the same input, because a
 * changed one replaces the VM. It may hold secrets: Ironic's, or what a user wrote into it.
 * @param secrets Ironic's. Without them it is as far as a plan knows it, and of its real length.
 */
export function undercloudUserData(plan: LabPlan, secrets: IronicSecrets = noSecrets): string | undefined {
  switch (plan.undercloud?.kind) {
    case "ironic":
      return ironicUserData(plan, secrets);
    case "boot-server":
      return bootServerUserData(plan);
    case "custom":
      return customUserData(plan);
    default:
      return undefined;
  }
}
