import { getStack, output, RunError, secret } from "@pulumi/pulumi";
import { accessRules } from "./agent/bmc/cloud/accessRules";
import { bundleAgent } from "./agent/service/bundle";
import { admitLab } from "./components/admitLab";
import { lookUpAgentCloud } from "./components/agentCloud";
import { bmcReadiness } from "./components/bmcReadiness";
import { LabOwner } from "./components/labOwner";
import { lookUp } from "./components/lookUp";
import { readConfig } from "./components/readConfig";
import { filesIn, readLabConfig } from "./components/readLabConfig";
import { resolveImages } from "./components/resolveImages";
import { type BmcSource, VirtualBaremetalLab } from "./components/virtualBaremetalLab";
import { ConfigError } from "./plan/config/parseConfig";
import { bmcUserDataProblem } from "./plan/guest/bmc/userData";
import { instackenv } from "./plan/inventory/instackenv";
import { labInventory } from "./plan/inventory/inventory";
import type { LabPlan } from "./plan/lab/labPlan";
import { planLab } from "./plan/lab/planLab";
import type { LabConfig } from "./plan/lab/schema/configSchema";

/** The Pulumi program: the stack's configuration in, one lab and the stack's outputs out. */
async function program() {
  const config = stackConfig();
  const plan = planLab(config);
  const owner = new LabOwner(plan.name);
  const resolved = [
    admitLab(plan, owner),
    lookUp(plan, config),
    resolveImages(plan.images),
    resolveBmc(plan, config),
  ] as const;
  await Promise.allSettled(resolved); // of several that fail, the first in this order says why
  const [, cloud, images, bmc] = await Promise.all(resolved);
  const ironicPassword = config.undercloud.ironic.password;
  const lab = new VirtualBaremetalLab(plan.name, { plan, cloud, images, bmc, ironicPassword, owner });
  if (lab.bmcServerId) await bmcReadiness(plan, lab.bmcServerId);
  const known = {
    undercloudFloatingIp: lab.undercloud.floatingIp,
    macs: lab.macs,
    bmcPassword: lab.bmcPassword,
  };
  const inventory = secret(
    output(known).apply((facts) => labInventory(plan, { flavors: cloud.flavorSizes, ...facts })),
  );
  return {
    undercloud: lab.undercloud,
    ...(lab.bmc && { bmc: lab.bmc }),
    ...(lab.ironic && { ironic: lab.ironic }),
    nodes: lab.nodes,
    // Secret: the BMCs' password is in there.
    inventory,
    nodesJson: inventory.apply((nodes) => instackenv(nodes, { driver: "ipmi" })),
    provisioning: { cidr: plan.ctlplane.subnet.cidr, mtu: plan.ctlplane.mtu, bootUrl: plan.ctlplane.bootUrl },
  };
}

/** What the BMC's VM is given, checked before anything is created. */
async function resolveBmc(plan: LabPlan, { bmc }: LabConfig): Promise<BmcSource | undefined> {
  if (!plan.bmc) return undefined;
  const [{ code: agent }, facts] = await Promise.all([
    bundleAgent(),
    lookUpAgentCloud(plan.bmc, accessRules),
  ]);
  const problem = bmcUserDataProblem(plan, { agent, cloud: facts.cloud });
  if (problem) throw new RunError(problem);
  return { agent, ...facts, credential: bmc.credential };
}

/** @throws RunError, which the CLI shows without a stack trace: the user's mistake is not in this program. */
function stackConfig(): LabConfig {
  try {
    return readLabConfig(readConfig("ovb:"), getStack(), filesIn(process.cwd())); // Pulumi runs us in the project's folder
  } catch (error) {
    throw error instanceof ConfigError ? new RunError(error.message) : error;
  }
}

export = program;
