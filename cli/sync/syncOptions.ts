import { type Command, InvalidArgumentError, Option } from "commander";

/** What sync is to read and do, as options say it. */
export interface SyncChoice {
  readonly source: "undercloud-neutron" | "dnsmasq";
  readonly undercloudEnv?: string;
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

/** Adds the options of `SyncChoice` to a command. */
export function syncOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--source <source>", "what to read on the undercloud")
        .choices(["undercloud-neutron", "dnsmasq"])
        .default("undercloud-neutron"),
    )
    .option("--undercloud-env <file>", "OS_* variables of the undercloud's Neutron, one NAME=VALUE a line")
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
    .option("--interval <seconds>", "between two passes that follow each other (default: 15)", number)
    .option("--metrics-port <port>", "of /metrics and /healthz on 127.0.0.1 (default: none)", number);
}

/** The fields of agent/sync/config.ts that are the same wherever sync runs: all but the lab, the source and its files. */
export function syncSettings(options: SyncChoice): object {
  return {
    vips: options.vip,
    vipHolders: options.vipHolder,
    ownsPlanned: options.ownPlanned,
    pairLimit: options.pairLimit,
    intervalSeconds: options.interval,
    metricsPort: options.metricsPort,
  };
}

/** For an option that may be given several times. */
export function more(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function number(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("A whole number is wanted.");
}
