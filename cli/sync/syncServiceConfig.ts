import { AgentConfigError } from "../../agent/service/configFile";
import { checkSyncConfig } from "../../agent/sync/config";
import { hiddenFolders, settingsFolder } from "../../plan/guest/sync/serviceUnit";
import { type SyncChoice, syncSettings } from "./syncOptions";

/** The options of `ovb sync-service`: paths but --undercloud-env are the undercloud's. */
export interface SyncServiceChoice extends SyncChoice {
  readonly undercloudEnvPath?: string;
  readonly group?: string[];
}

const neutronOptions = ["undercloudEnv", "undercloudEnvPath", "undercloudNetwork", "vipName"] as const;
const dnsmasqOptions = ["hosts", "leases", "group"] as const;

/**
 * What sync is told on the undercloud, as agent/sync/config.ts takes it there; `cloud` and `undercloud` are systemd's
 * credentials of the unit.
 * @param addressOwner the stack's
 * @throws AgentConfigError with everything that is wrong with the options
 */
export function syncServiceConfig(lab: string, addressOwner: string, options: SyncServiceChoice): object {
  const problems = [...ownershipProblems(addressOwner), ...sourceProblems(options)];
  const { source: kind, undercloudNetwork: network, vipName, hosts, leases } = options;
  const config = {
    lab,
    credentialsFile: "cloud",
    source:
      kind === "dnsmasq"
        ? { kind, hosts, leases }
        : { kind, credentialsFile: "undercloud", network, vipName },
    ...syncSettings(options),
  };
  const told = JSON.parse(JSON.stringify(config)) as object; // without what was not given
  try {
    checkSyncConfig(told, "The command line", { CREDENTIALS_DIRECTORY: "/run/credentials" });
  } catch (error) {
    if (!(error instanceof AgentConfigError)) throw error;
    problems.push(...error.problems);
  }
  if (problems.length > 0) throw new AgentConfigError("The command line", problems);
  return told;
}

function ownershipProblems(addressOwner: string): string[] {
  if (addressOwner === "sync") return [];
  return [
    "ovb:ctlplane.addressOwner is plan, and `pulumi up` would undo what sync does: set it to sync, then npx ovb up",
  ];
}

function sourceProblems(options: SyncServiceChoice): string[] {
  const { source, undercloudEnv, undercloudEnvPath, group = [] } = options;
  const isNeutron = source === "undercloud-neutron";
  const problems = (isNeutron ? dnsmasqOptions : neutronOptions)
    .filter((name) => options[name] !== undefined)
    .map((name) => `${flagOf(name)} is for --source ${isNeutron ? "dnsmasq" : "undercloud-neutron"}`);
  if (isNeutron && undercloudEnv === undefined && undercloudEnvPath === undefined) {
    problems.push(
      "--undercloud-env is missing: give a file with the OS_* variables of the undercloud's Neutron, to be copied, or one that is on the undercloud by --undercloud-env-path",
    );
  }
  if (undercloudEnv !== undefined && undercloudEnvPath !== undefined) {
    problems.push("--undercloud-env and --undercloud-env-path are both given: give one of them");
  }
  for (const name of ["undercloudEnvPath", "hosts", "leases"] as const) {
    const problem = options[name] === undefined ? undefined : pathProblem(name, options[name]);
    if (problem) problems.push(`${flagOf(name)} ${options[name]} ${problem}`);
  }
  for (const name of group.filter((one) => !/^[a-z_\d][\w-]*$/i.test(one))) {
    problems.push(`--group ${name} is no group's name`);
  }
  return problems;
}

/** Systemd reads the unit's credentials as root, before the service is shut in; sync reads the rest. */
function pathProblem(name: "undercloudEnvPath" | "hosts" | "leases", path: string): string | undefined {
  // What a unit and a shell take as it is.
  if (!/^(\/[\w@+=,.-]+)+\/?$/.test(path) || path.split("/").includes("..")) {
    return "must be an absolute path on the undercloud, of letters, digits and _@+=,.- only";
  }
  const isIn = (folder: string) => path.startsWith(`${folder}/`);
  if (name === "undercloudEnvPath") {
    return isIn(settingsFolder) ? `is where install.sh has its own files: put it elsewhere` : undefined;
  }
  const hidden = hiddenFolders.find(isIn);
  return (
    hidden &&
    `is in ${hidden}, where a service sees nothing: have dnsmasq keep it elsewhere, such as /var/lib/dnsmasq`
  );
}

/** As it is typed: --undercloud-env. */
function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
