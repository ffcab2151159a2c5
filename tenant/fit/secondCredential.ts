/** What a refusal says first. */
export const secondCredentialNeeded =
  "the BMC's agent needs an application credential, and you are logged in with a restricted one, which may not make another";

/**
 * The way to a credential for the BMC's agent for whoever is logged in with one that may make none.
 * @param bmc name of the BMC's server
 */
export function secondCredentialSteps(bmc: string): readonly string[] {
  return [
    "As your user, with a password (or in Horizon: Identity, Application Credentials), in this project:",
    `    openstack application credential create ${bmc}-own`,
    "Then, with what it prints (the last command asks for the secret):",
    "    npx ovb pulumi -- config set --path ovb:bmc.credential.id ID",
    "    npx ovb pulumi -- config set --path --secret ovb:bmc.credential.secret",
    "Or log in as your user, or with an unrestricted credential (`--unrestricted`); or leave the BMC out: ovb:bmc.enabled false.",
  ];
}
