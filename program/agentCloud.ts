import { readFileSync } from "node:fs";
import { identity } from "@pulumi/openstack";
import { RunError } from "@pulumi/pulumi";
import { rulesOfCloud } from "../openstack/accessRules";
import type { AuthOptions } from "../openstack/auth";
import { type CatalogEntry, endpointOf, NoEndpoint } from "../openstack/endpoints";
import { type AccessRule, mayMakeCredentials } from "../openstack/keystone";
import { openstackPlugin } from "../openstack/plugin";
import { Session } from "../openstack/session";
import type { AgentCloud } from "../plan/guest/cloudVariables";
import type { BmcPlan } from "../plan/lab/labPlan";
import { agentAdvice } from "../tenant/fit/endpoints";
import { secondCredentialNeeded, secondCredentialSteps } from "../tenant/fit/secondCredential";
import { providerAuth } from "./providerAuth";

type AgentRule = AccessRule & { readonly service: "compute" | "image" | "network" };

export interface AgentCloudFacts {
  readonly cloud: AgentCloud;
  /** As this cloud matches them; absent where the plan wants none. */
  readonly accessRules?: readonly AgentRule[];
}

/**
 * How the BMC's VM reaches the cloud, from the service catalogue, and what its credential is to be limited to.
 * @throws RunError when the credential cannot be made by who we are, or the catalogue lacks what the agent needs
 */
export async function lookUpAgentCloud(bmc: BmcPlan, rules: readonly AgentRule[]): Promise<AgentCloudFacts> {
  const auth = ourAuth();
  if (bmc.credential === "made" && auth?.method.kind === "applicationCredential")
    await checkUnrestricted(auth, bmc.name);
  const { serviceCatalogs, region } = await identity.getAuthScope({ name: bmc.name }, openstackPlugin);
  const catalog: CatalogEntry[] = serviceCatalogs.map(({ type, endpoints }) => ({
    type,
    endpoints: endpoints.map((one) => ({ ...one, region_id: one.regionId })),
  }));
  try {
    const choice = { region: region || undefined, interface: "public" as const };
    return {
      cloud: {
        authUrl: endpointOf(catalog, "identity", choice),
        region: region || undefined,
        caCertificate: auth?.caFile && certificate(auth.caFile),
        insecure: auth ? !auth.verify : false,
      },
      accessRules: bmc.accessRules ? rulesOfCloud(rules, catalog, choice.region) : undefined,
    };
  } catch (error) {
    const why = error instanceof NoEndpoint ? `${error.problem}. ${agentAdvice}` : (error as Error).message;
    throw new RunError(`The BMC's agent cannot be told where the cloud is: ${why}`);
  }
}

/** Undefined when the provider is configured in a way that only it understands. */
function ourAuth(): AuthOptions | undefined {
  try {
    return providerAuth();
  } catch {
    return undefined;
  }
}

/** OS_CACERT is a file, or for the provider also the certificate itself. */
function certificate(file: string): string {
  return file.includes("-----BEGIN") ? file : readFileSync(file, "utf8");
}

async function checkUnrestricted(auth: AuthOptions, bmc: string): Promise<void> {
  if (await mayMakeCredentials(new Session(auth))) return;
  const why = `${secondCredentialNeeded[0]!.toUpperCase()}${secondCredentialNeeded.slice(1)}.`;
  throw new RunError([why, ...secondCredentialSteps(bmc)].join("\n"));
}
