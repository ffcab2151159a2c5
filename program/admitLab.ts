import { getOrganization, getProject, getStack, RunError, StackReference } from "@pulumi/pulumi";
import type { LabOwner } from "../components/labOwner";
import { checkClaim, checkedVariable, ForeignLab } from "../tenant/claim";
import type { Tenant } from "../tenant/fit/tenant";
import { markOf } from "../tenant/whose";

/**
 * Before anything is made: looks whether the lab's name is another stack's on the tenant.
 * @param tenant absent: nobody can look
 * @throws RunError where it is
 */
export async function admitLab(tenant: Tenant | undefined, labOwner: LabOwner): Promise<void> {
  const lab = tenant?.plan.name;
  if (lab === undefined || process.env[checkedVariable] === lab) return;
  const [owner, everything] = await Promise.all([labOwner.known(), tenant!.inventory()]);
  const named = everything.filter((resource) => markOf(resource)?.lab === lab);
  const unmarked = named.filter((resource) => markOf(resource)?.owner === undefined);
  const servers = unmarked.filter(({ kind }) => kind === "server").map(({ id }) => id);
  // A lab made before there were marks is this stack's where its own outputs name one of its servers.
  const ours = servers.length > 0 && (await outputServers()).some((id) => servers.includes(id));
  const ids = new Set(ours ? unmarked.map(({ id }) => id) : []);
  try {
    checkClaim(named, { lab, owner, ids }, "nothing was made");
  } catch (error) {
    throw error instanceof ForeignLab ? new RunError(error.message) : error;
  }
}

/** Ids of the nodes in the outputs of this stack's last update. */
async function outputServers(): Promise<string[]> {
  const self = new StackReference(`${getOrganization()}/${getProject()}/${getStack()}`);
  const { value } = await self.getOutputDetails("nodes");
  return Object.values((value ?? {}) as Record<string, { readonly id: string }>).map(({ id }) => id);
}
