import type { LabPlan, NodePlan, ServerPlan } from "./labPlan";

/** A server's name without the lab's: "undercloud", "bmc", "node-0". */
export function shortName(plan: Pick<LabPlan, "name">, server: ServerPlan): string {
  return "key" in server ? (server as NodePlan).key : server.name.slice(plan.name.length + 1);
}

/** Every server of the lab: undercloud, BMC, nodes. */
export function serversOf(plan: Pick<LabPlan, "undercloud" | "bmc" | "nodes">): readonly ServerPlan[] {
  return [...(plan.undercloud ? [plan.undercloud] : []), ...(plan.bmc ? [plan.bmc] : []), ...plan.nodes];
}
