import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { AgentConfigError } from "../../agent/service/configFile";
import { jsonLog } from "../../agent/service/log";
import { checkSyncConfig, type SyncConfig } from "../../agent/sync/config";
import { identities, openSync } from "../../agent/sync/openSync";
import { type Pass, stepText } from "../../agent/sync/syncer";
import { watchSync } from "../../agent/sync/watchSync";
import { ProblemsError } from "../../plan/problemsError";
import { interruptible } from "../../process/interrupt";
import { formatOption } from "../command/options";
import { stackCommand } from "../command/stackCommand";
import { columns } from "../command/table";
import { project, type StackChoice } from "../stack/environment";
import { ownServers } from "../stack/labServers";
import { stackPlan } from "../stack/stackPlan";
import { type SyncChoice, syncOptions, syncSettings } from "./syncOptions";

interface SyncOptions extends StackChoice, SyncChoice {
  readonly watch?: boolean;
  readonly dryRun: boolean;
  readonly format: "text" | "json";
  readonly undercloudCloud?: string;
}

export function syncCommand(): Command {
  const command = stackCommand("sync")
    .description(
      "Bring the addresses and address pairs of the nodes' ports, in the tenant that OS_CLOUD or OS_AUTH_URL names, " +
        "to what the undercloud has given out. The lab's ovb:ctlplane.addressOwner is sync. The log is on stderr.",
    )
    .addOption(new Option("--once", "one pass (the default)").conflicts("watch"))
    .option("--watch", "pass after pass, until Ctrl-C")
    .addOption(new Option("--dry-run", "only show what a pass would do").default(false).conflicts("watch"))
    .addOption(formatOption())
    .option("--undercloud-cloud <name>", "the undercloud's Neutron, as a cloud of clouds.yaml");
  return syncOptions(command).action((options: SyncOptions, command: Command) => sync(options, command));
}

async function sync({ watch, dryRun, format, ...options }: SyncOptions, command: Command): Promise<void> {
  const plan = stackPlan(project, options);
  const config = configOf(plan.name, options, command);
  const who = identities(config, process.env);
  const log = jsonLog((line) => process.stderr.write(line), who.secrets);
  const { session, syncer } = openSync(config, who, log);
  const pass = await interruptible("Run it again to do what is left.", async (signal) => {
    await session.identity(signal); // --watch would go on trying; here somebody is waiting
    await ownServers(session, plan, options, signal); // its ports are another stack's where these are
    return watch ? watchSync(config, who, log, signal) : syncer.pass({ dryRun, signal });
  });
  if (!pass) return;
  process.stdout.write(
    format === "json" ? `${JSON.stringify(pass, undefined, 2)}\n` : passText(pass, dryRun),
  );
  const left = [...pass.problems, ...pass.refused];
  if (left.length > 0) {
    const what = left.length === 1 ? "One thing" : `${left.length} things`;
    throw new ProblemsError(`${what} the undercloud wants could not be done:`, left.map(problemLine));
  }
}

type SourceOptions = Omit<SyncOptions, "watch" | "dryRun" | "format">;

function configOf(lab: string, options: SourceOptions, command: Command): SyncConfig {
  try {
    return checkSyncConfig(rawConfig(lab, options), "The command line", process.env);
  } catch (error) {
    throw error instanceof AgentConfigError ? command.error(error.message) : error;
  }
}

/** As agent/sync/config.ts takes it. */
function rawConfig(lab: string, options: SourceOptions): unknown {
  const file = (path: string | undefined) => (path === undefined ? undefined : resolve(path));
  const { source: kind, undercloudNetwork: network, undercloudCloud: cloud, vipName } = options;
  const neutron = { network, cloud, vipName, credentialsFile: file(options.undercloudEnv) };
  const dnsmasq = { hosts: file(options.hosts), leases: file(options.leases) };
  // Those of the other kind only where they were given: then they are reported.
  const given = (fields: object) =>
    Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return { lab, source: { kind, ...given(neutron), ...given(dnsmasq) }, ...syncSettings(options) };
}

/** One line for each step, and what it comes to. */
function passText({ ports, vips, steps, done }: Pass, dryRun: boolean): string {
  const lines = columns(
    steps.map((step) => [step.name, step.kind, stepText(step)]),
    [0, 7],
  );
  const sum = dryRun ? `${steps.length} changes to make` : `${done} changes made`;
  const seen = `${ports} node ports, ${vips} VIPs`;
  return `${[...lines, steps.length === 0 ? `${seen}: nothing to change` : `${seen}: ${sum}`].join("\n")}\n`;
}

function problemLine({ port, message }: { port?: string; message: string }): string {
  return `${port ? `${port} ` : ""}${message}`;
}
