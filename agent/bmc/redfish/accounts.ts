import { collection, type Json, link, resource, root } from "./resource";

const servicePath = `${root}/AccountService`;

/** The one account is the lab's: its password changes with `pulumi up`, not here, and so nothing below takes a PATCH. */
export const accountService = (): Json =>
  resource("AccountService", servicePath, {
    Id: "AccountService",
    Name: "Account service",
    ServiceEnabled: true,
    Accounts: link(`${servicePath}/Accounts`),
    Roles: link(`${servicePath}/Roles`),
  });

export const accounts = (): Json =>
  collection("ManagerAccountCollection", `${servicePath}/Accounts`, "Accounts", ["1"]);

export const account = (username: string): Json =>
  resource("ManagerAccount", `${servicePath}/Accounts/1`, {
    Id: "1",
    Name: "The lab's account",
    UserName: username,
    Password: null,
    AccountTypes: ["Redfish"],
    Enabled: true,
    Locked: false,
    RoleId: "Administrator",
    Links: { Role: link(`${servicePath}/Roles/Administrator`) },
  });

/** What DSP0266 ("Redfish-standard roles") says that there are, with what each may. */
const privilegesOf: Readonly<Record<string, readonly string[]>> = {
  Administrator: ["Login", "ConfigureManager", "ConfigureUsers", "ConfigureComponents", "ConfigureSelf"],
  Operator: ["Login", "ConfigureComponents", "ConfigureSelf"],
  ReadOnly: ["Login", "ConfigureSelf"],
};

export const roles = (): Json =>
  collection("RoleCollection", `${servicePath}/Roles`, "Roles", Object.keys(privilegesOf));

export function role(id: string): Json | undefined {
  if (!Object.hasOwn(privilegesOf, id)) return undefined;
  return resource("Role", `${servicePath}/Roles/${id}`, {
    Id: id,
    Name: id,
    RoleId: id,
    IsPredefined: true,
    AssignedPrivileges: privilegesOf[id],
  });
}
