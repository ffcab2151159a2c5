import type { LabPlan } from "./labPlan";

/** One of a lab's networks. @param key "access", "ctlplane", or that of a further one */
export function networkOf(
  { access, ctlplane, networks }: Pick<LabPlan, "access" | "ctlplane" | "networks">,
  key: string,
): LabPlan["access" | "ctlplane"] | LabPlan["networks"][number] | undefined {
  if (key === "access") return access;
  return key === "ctlplane" ? ctlplane : networks.find((network) => network.key === key);
}
