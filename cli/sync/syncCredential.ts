import { syncAccessRules } from "../../agent/sync/accessRules";
import { rulesOfCloud } from "../../openstack/accessRules";
import {
  createApplicationCredential,
  deleteApplicationCredential,
  listApplicationCredentials,
  mayMakeCredentials,
} from "../../openstack/keystone";
import type { Secret } from "../../openstack/secret";
import type { Session } from "../../openstack/session";
import {
  describeResource,
  labOfDescription,
  labTag,
  ovbTag,
  ownerOfDescription,
  ownerTag,
  stackOfMark,
} from "../../plan/lab/tags";
import type { Claim } from "../../tenant/claim";

/** What the application credential of a lab's sync is called. */
export function syncCredentialName(lab: string): string {
  return `${lab}-sync`;
}

/**
 * The application credential of a lab's sync, which may do what sync does and no more, made anew: Keystone tells a secret
 * once only. `ovb sweep` knows whose it is by its description.
 * @throws Error when we may not make one, or when the name is somebody else's; then nothing was changed
 */
export async function renewSyncCredential(
  session: Session,
  claim: Claim,
): Promise<{ id: string; secret: Secret; replaced: boolean }> {
  if (!(await mayMakeCredentials(session))) {
    throw new Error(
      "The service needs an application credential, and you are logged in with one, which may not make another: log in as your user, or with an unrestricted one: openstack application credential create --unrestricted NAME",
    );
  }
  const { catalog } = await session.identity();
  const accessRules = rulesOfCloud(syncAccessRules, catalog ?? [], session.auth.region);
  const { lab, owner } = claim;
  const replaced = await removeSyncCredential(session, claim);
  const description = describeResource(
    [ovbTag, labTag(lab), ...(owner === undefined ? [] : [ownerTag(owner)])],
    "Sync of the lab's addresses, made by npx ovb sync-service",
  );
  const name = syncCredentialName(lab);
  const { id, secret } = await createApplicationCredential(session, { name, description, accessRules });
  return { id, secret, replaced };
}

/**
 * With its access rules. One without an owner's mark, of an older version, goes by the lab's name alone.
 * @returns false when there is none
 * @throws Error when the name is somebody else's
 */
export async function removeSyncCredential(
  session: Session,
  { lab, owner }: Pick<Claim, "lab" | "owner">,
): Promise<boolean> {
  const name = syncCredentialName(lab);
  const project = await session.projectId();
  const found = (await listApplicationCredentials(session)).find((one) => one.name === name);
  if (found === undefined) return false;
  // A user has one of a name, whatever the project: another tenant's lab may have the same name.
  const description = found.description ?? "";
  const isOfLab = labOfDescription(description) === lab;
  const other = ownerOfDescription(description);
  const isOthers = isOfLab && other !== undefined && other !== owner;
  if (found.project_id !== project || !isOfLab || isOthers) {
    const whose =
      found.project_id !== project
        ? "another project's"
        : isOthers
          ? `the stack ${stackOfMark(other)}'s`
          : "not sync's";
    throw new Error(
      `Your application credential ${name} is ${whose}, and names are unique to a user: delete it yourself if nothing uses it, or give the lab another name (ovb:lab).`,
    );
  }
  return deleteApplicationCredential(session, found.id);
}
