import { readFileSync, rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { Command } from "commander";
import { AgentConfigError } from "../../agent/service/configFile";
import { credentials } from "../../agent/service/credentials";
import { endpointOf } from "../../openstack/endpoints";
import type { Session } from "../../openstack/session";
import { type AgentCloud, cloudVariables } from "../../plan/guest/cloudVariables";
import { installed } from "../../plan/guest/sync/installScript";
import { writePrivate } from "../../process/writePrivate";
import { environmentsCloud, type Outside } from "../command/outside";
import { stackCommand } from "../command/stackCommand";
import { project, type StackChoice } from "../stack/environment";
import { labServers } from "../stack/labServers";
import { stackClaim } from "../stack/ownState";
import { stackLab } from "../stack/stackPlan";
import { removeSyncCredential, renewSyncCredential, syncCredentialName } from "./syncCredential";
import { more, syncOptions } from "./syncOptions";
import { type SyncServiceChoice, syncServiceConfig } from "./syncServiceConfig";
import { syncServiceFiles } from "./syncServiceFiles";

interface SyncServiceOptions extends StackChoice, SyncServiceChoice {
  readonly output?: string;
  readonly remove: boolean;
}

export function syncServiceCommand(outside = environmentsCloud): Command {
  const command = stackCommand("sync-service").description(
    "Write a folder that makes `ovb sync` a service of the undercloud, to be copied there, with an application credential " +
      "that may do what sync does and no more, made anew each time. The paths of --hosts and --leases are the " +
      "undercloud's. The folder holds secrets: its files are readable by their owner alone.",
  );
  return syncOptions(command)
    .option(
      "--undercloud-env-path <path>",
      "such a file that is on the undercloud already, instead of a copy",
    )
    .option("--group <name>", "group by which the service may read dnsmasq's files (repeatable)", more)
    .option("-o, --output <folder>", "write there (default: build/STACK/ovb-sync)")
    .option("--remove", "delete the application credential instead", false)
    .action((options: SyncServiceOptions, command: Command) =>
      options.remove ? remove(options, outside) : write(options, command, outside),
    );
}

async function write(
  { stack, configFile, output, ...options }: SyncServiceOptions,
  command: Command,
  outside: Outside,
) {
  const { config: stackConfig, plan } = stackLab(project, { stack, configFile });
  const lab = plan.name;
  const config = asked(command, () => syncServiceConfig(lab, stackConfig.ctlplane.addressOwner, options));
  const undercloudEnv = options.undercloudEnv && undercloudVariables(resolve(options.undercloudEnv));
  const session = outside.session();
  const cloud = await cloudOf(session);
  const claim = await stackClaim({ stack, configFile }, lab);
  await labServers(session, claim); // another stack's lab is not ours to serve
  const files = await syncServiceFiles({ lab, options, config, cloud, undercloudEnv });

  const folder = resolve(output ?? join(project, "build", stack, "ovb-sync"));
  const stale = Object.keys(installed).filter((name) => name !== "cloud.env" && !(name in files));
  for (const name of stale) rmSync(join(folder, name), { force: true });
  for (const [name, text] of Object.entries(files)) writePrivate(join(folder, name), text);
  const { id, secret, replaced } = await renewSyncCredential(session, claim);
  writePrivate(join(folder, "cloud.env"), cloudVariables(cloud, { id, secret: secret.reveal() }));

  const shown = relative(process.cwd(), folder) || ".";
  const anew = replaced ? " (the one before it is gone: a service that has it stands still until then)" : "";
  process.stdout.write(
    `${shown}: sync of the lab ${lab} as a service, by the application credential ${syncCredentialName(lab)}\n` +
      `next: copy the folder to the undercloud and, as root there, run sh install.sh in it${anew}\n`,
  );
}

async function remove(choice: StackChoice, outside: Outside): Promise<void> {
  const lab = stackLab(project, choice).plan.name;
  const name = syncCredentialName(lab);
  const was = await removeSyncCredential(outside.session(), await stackClaim(choice, lab));
  process.stdout.write(
    `${was ? `the application credential ${name} is deleted` : `there is no application credential ${name}`}\n` +
      "next: on the undercloud, as root, sh install.sh --remove takes the service away\n",
  );
}

/** A mistake in the options is one of usage. */
function asked<T>(command: Command, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof AgentConfigError ? command.error(error.message) : error;
  }
}

/** The file, which the service will read as we do here. @throws CredentialsError, or Error naming the line */
function undercloudVariables(file: string): string {
  credentials(file, {});
  return readFileSync(file, "utf8");
}

/** The host cloud as the undercloud's VM reaches it, as for the BMC's: by the catalogue's public URLs. */
async function cloudOf(session: Session): Promise<AgentCloud> {
  const { region, caFile, verify } = session.auth;
  const { catalog } = await session.identity();
  // Node.js reads extra certificates of one file: what this process trusts, for the undercloud's API too, and OS_CACERT's.
  const caFiles = [caFile, process.env.NODE_EXTRA_CA_CERTS].filter(
    (file) => file !== undefined && file !== "",
  );
  const certificates = new Set(caFiles.map((file) => readFileSync(file!, "utf8").trim()));
  return {
    authUrl: endpointOf(catalog ?? [], "identity", { region, interface: "public" }),
    region,
    caCertificate: certificates.size > 0 ? `${[...certificates].join("\n")}\n` : undefined,
    insecure: !verify,
  };
}
