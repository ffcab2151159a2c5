import type { ComponentResourceOptions } from "@pulumi/pulumi";
import { LabOwner } from "./components/labOwner";
import { VirtualBaremetalLab } from "./components/virtualBaremetalLab";
import { parseConfig } from "./plan/config/parseConfig";
import { planLab } from "./plan/lab/planLab";
import type { LabInput } from "./plan/lab/schema/configSchema";
import { admitLab } from "./program/admitLab";
import { bmcReadiness } from "./program/bmcReadiness";
import { resolveBmc } from "./program/bmcSource";
import { checkNetwork } from "./program/checkNetwork";
import { type LabOutputs, labOutputs } from "./program/labOutputs";
import { lookUp } from "./program/lookUp";
import { ourSession } from "./program/ourSession";
import { requireTenant } from "./program/requirements";
import { resolveImages } from "./program/resolveImages";
import { Tenant } from "./tenant/fit/tenant";

export { VirtualBaremetalLab } from "./components/virtualBaremetalLab";
export { ConfigError, parseConfig } from "./plan/config/parseConfig";
export type { LabPlan } from "./plan/lab/labPlan";
export { planLab } from "./plan/lab/planLab";
export type { LabConfig, LabInput } from "./plan/lab/schema/configSchema";
export type { LabOutputs } from "./program/labOutputs";

/**
 * A lab and all that it takes: plans it, looks whether the tenant can have it, looks up what it refers to, builds or finds its images, makes sure that its name
 * is no other stack's, registers it, and waits until its BMC answers for every node. The cloud is the one of the stack's
 * default OpenStack provider; OVB_IPXE_DISK and OVB_IPXE_ISO name images that are built already.
 *
 * @example await createLab("dev", { publicNetwork: "external", nodes: [{ count: 3 }] })
 *
 * @param name of the lab: prefix of every name, and the lab's tag
 * @param config as docs/configuration.md has it, whatever was checked before
 * @param opts of the lab's component
 * @throws ConfigError, or RunError where the cloud or this machine lacks something; nothing was created then
 */
export async function createLab(
  name: string,
  config: LabInput,
  opts?: ComponentResourceOptions,
): Promise<LabOutputs> {
  const checked = parseConfig({ ...config, lab: name }, name);
  const plan = planLab(checked);
  const owner = new LabOwner(name, { parent: opts?.parent });
  const session = ourSession();
  const tenant = session && new Tenant(session, plan, checked, new AbortController().signal);
  const resolved = [
    admitLab(tenant, owner),
    requireTenant(tenant),
    checkNetwork(tenant),
    lookUp(plan, checked),
    resolveImages(plan.images),
    resolveBmc(plan, checked, session),
  ] as const;
  await Promise.allSettled(resolved); // of several that fail, the first in this order says why
  const [, , , cloud, images, bmc] = await Promise.all(resolved);
  const ironicPassword = checked.undercloud.ironic.password;
  const lab = new VirtualBaremetalLab(name, { plan, cloud, images, bmc, ironicPassword, owner }, opts);
  if (lab.bmcServerId) await bmcReadiness(plan, lab.bmcServerId, session);
  return labOutputs(plan, cloud, lab);
}
