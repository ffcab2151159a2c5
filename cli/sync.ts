import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { AgentConfigError } from "../agent/configFile";
import { jsonLog } from "../agent/jsonLog";
import { checkSyncConfig, type SyncConfig } from "../agent/sync/config";
import { identities, openSync } from "../agent/sync/openSync";
import { type Pass, stepText } from "../agent/sync/syncer";
import { watchSync } from "../agent/sync/watchSync";
import { project, type StackChoice } from "./environment";
import { stackCommand } from "./stackOptions";
import { stackPlan } from "./stackPlan";

interface SyncOptions extends StackChoice {
  readonly watch?: boolean;
  readonly dryRun: boolean;
  readonly format: "text" | "json";
  readonly source: "undercloud-neutron" | "dnsmasq";
  readonly undercloudEnv?: string;
  readonly undercloudCloud?: string;
  readonly undercloudNetwork?: string;
  readonly vipName?: string;
  readonly hosts?: string;
  readonly leases?: string;
  readonly vip?: string[];
  readonly vipHolder?: string[];
  readonly ownPlanned: boolean;
  readonly pairLimit?: number;
  readonly interval?: number;
  readonly metricsPort?: number;
}

export function syncCommand(): Command {
  return stackCommand("sync")
    .description(
      "Bring the addresses and address pairs of the nodes' ports, in the tenant that OS_CLOUD or OS_AUTH_URL names, " +
        "to what the undercloud has given out. The lab's ovb:ctlplane.addressOwner is sync. The log is on stderr.",
    )
    .addOption(new Option("--once", "one pass (the default)").conflicts("watch"))
    .option("--watch", "pass after pass, until Ctrl-C")
    .addOption(new Option("--dry-run", "only show what a pass would do").default(false).conflicts("watch"))
    .addOption(choice("-f, --format <format>", "how to show it", ["text", "json"]))
    .addOption(choice("--source <source>", "what to read there", ["undercloud-neutron", "dnsmasq"]))
    .option("--undercloud-env <file>", "OS_* variables of the undercloud's Neutron, one NAME=VALUE a line")
    .option("--undercloud-cloud <name>", "the same, of clouds.yaml")
    .option("--undercloud-network <name>", "its provisioning network (default: ctlplane)")
    .option(
      "--vip-name <text>",
      "VIPs are ports with this in their name (default: all that belong to nothing)",
    )
    .option("--hosts <path>", "dnsmasq's dhcp-hostsdir or dhcp-hostsfile")
    .option("--leases <file>", "dnsmasq's dhcp-leasefile")
    .option("--vip <address>", "one more VIP (repeatable)", more)
    .option("--vip-holder <name>", "node or group that may hold VIPs (repeatable; default: all)", more)
    .option("--own-planned", "remove address pairs of ovb:nodes[].vips as well when nobody wants them", false)
    .option("--pair-limit <count>", "address pairs that a port has room for (default: 10)", number)
    .option("--interval <seconds>", "between two passes of --watch (default: 15)", number)
    .option("--metrics-port <port>", "of /metrics and /healthz on 127.0.0.1 (default: none)", number)
    .action((options: SyncOptions, command: Command) => sync(options, command));
}

async function sync({ watch, dryRun, format, ...options }: SyncOptions, command: Command): Promise<void> {
  const config = configOf(stackPlan(project, options).name, options, command);
  const who = identities(config, process.env);
  const log = jsonLog((line) => process.stderr.write(line), who.secrets);
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () =>
      controller.abort(new Error(`Ended by ${name}; run it again to do what is left.`)),
    );
  }
  const { signal } = controller;
  const { session, syncer } = openSync(config, who, log);
  await session.identity(signal); // --watch would go on trying; here somebody is waiting
  if (watch) return watchSync(config, who, log, signal);
  const pass = await syncer.pass({ dryRun, signal });
  process.stdout.write(
    format === "json" ? `${JSON.stringify(pass, undefined, 2)}\n` : passText(pass, dryRun),
  );
  const left = [...pass.problems, ...pass.refused];
  if (left.length > 0) {
    const what = left.length === 1 ? "One thing" : `${left.length} things`;
    throw new Error(`${what} the undercloud wants could not be done:\n${left.map(problemLine).join("\n")}`);
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
  return {
    lab,
    source: { kind, ...given(neutron), ...given(dnsmasq) },
    vips: options.vip,
    vipHolders: options.vipHolder,
    ownsPlanned: options.ownPlanned,
    pairLimit: options.pairLimit,
    intervalSeconds: options.interval,
    metricsPort: options.metricsPort,
  };
}

/** One line for each step, and what it comes to. */
function passText({ ports, vips, steps, done }: Pass, dryRun: boolean): string {
  const width = Math.max(0, ...steps.map((step) => step.name.length));
  const lines = steps.map((step) => `${step.name.padEnd(width)}  ${step.kind.padEnd(7)}  ${stepText(step)}`);
  const sum = dryRun ? `${steps.length} changes to make` : `${done} changes made`;
  const seen = `${ports} node ports, ${vips} VIPs`;
  return `${[...lines, steps.length === 0 ? `${seen}: nothing to change` : `${seen}: ${sum}`].join("\n")}\n`;
}

function problemLine({ port, message }: { port?: string; message: string }): string {
  return `  - ${port ? `${port} ` : ""}${message}`;
}

function choice(flags: string, text: string, choices: readonly [string, string]): Option {
  return new Option(flags, text).choices([...choices]).default(choices[0]);
}

function more(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function number(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("A whole number is wanted.");
}
