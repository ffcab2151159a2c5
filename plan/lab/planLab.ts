import { draftOf, labTags } from "./draft";
import type { LabPlan } from "./labPlan";
import { planBmc } from "./planBmc";
import { planImages } from "./planImages";
import { planAccess, planCtlplane, planExtraNetworks, planRouter } from "./planNetworks";
import { planNodes } from "./planNodes";
import { planPackages } from "./planPackages";
import { planSecurityGroups } from "./planSecurityGroups";
import { planUndercloud } from "./planUndercloud";
import type { LabConfig } from "./schema/configSchema";
import { serversOf } from "./servers";
import { totals } from "./totals";

/** Everything that follows from a configuration. Pure: the same configuration gives the same plan, always. */
export function planLab(config: LabConfig): LabPlan {
  const draft = draftOf(config);
  const ctlplane = planCtlplane(draft);
  const servers = {
    undercloud: planUndercloud(draft, ctlplane),
    bmc: planBmc(draft),
    nodes: planNodes(draft, ctlplane),
  };
  const ports = serversOf(servers).flatMap((server) => server.ports);
  const plan = {
    name: config.lab,
    tags: labTags(draft),
    publicNetwork: config.publicNetwork,
    access: planAccess(draft),
    router: planRouter(draft),
    ctlplane,
    networks: planExtraNetworks(draft),
    securityGroups: planSecurityGroups(draft, ports),
    images: planImages(draft),
    ...planPackages(draft),
    ...servers,
  };
  return { ...plan, totals: totals(plan) };
}
