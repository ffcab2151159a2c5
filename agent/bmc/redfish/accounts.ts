import { collection, type Json, link, ROOT, resource } from "./resource";

const SERVICE = `${ROOT}/AccountService`;

/** The one account is the lab's: its password changes with `pulumi up`, not here, and so nothing below takes a PATCH. */
export const accountService = (): Json =>
  resource("AccountService", SERVICE, {
    Id: "AccountService",
    Name: "Account service",
    ServiceEnabled: true,
    Accounts: link(`${SERVICE}/Accounts`),
    Roles: link(`${SERVICE}/Roles`),
  });

export const accounts = (): Json =>
  collection("ManagerAccountCollection", `${SERVICE}/Accounts`, "Accounts", ["1"]);

export const account = (username: string): Json =>
  resource("ManagerAccount", `${SERVICE}/Accounts/1`, {
    Id: "1",
    Name: "The lab's account",
    UserName: username,
    Password: null,
    AccountTypes: ["Redfish"],
    Enabled: true,
    Locked: false,
    RoleId: "Administrator",
    Links: { Role: link(`${SERVICE}/Roles/Administrator`) },
  });

/** What DSP0266 ("Redfish-standard roles") says that there are, with what each may. */
const ROLES: Readonly<Record<string, readonly string[]>> = {
  Administrator: ["Login", "ConfigureManager", "ConfigureUsers", "ConfigureComponents", "ConfigureSelf"],
  Operator: ["Login", "ConfigureComponents", "ConfigureSelf"],
  ReadOnly: ["Login", "ConfigureSelf"],
};

export const roles = (): Json =>
  collection("RoleCollection", `${SERVICE}/Roles`, "Roles", Object.keys(ROLES));

export function role(id: string): Json | undefined {
  if (!Object.hasOwn(ROLES, id)) return undefined;
  return resource("Role", `${SERVICE}/Roles/${id}`, {
    Id: id,
    Name: id,
    RoleId: id,
    IsPredefined: true,
    AssignedPrivileges: ROLES[id],
  });
}
