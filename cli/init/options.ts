import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Download } from "../../plan/lab/labPlan";
import { sshKey } from "../../plan/lab/schema/values";
import type { Findings } from "./findings";
import { type Given, kinds } from "./given";

/** An option for each question, and for what nobody is asked; absent where it was not given. */
export interface InitOptions extends Omit<Given, "stack" | "kernel" | "ramdisk" | "keys" | "settings"> {
  readonly yes: boolean;
  readonly probe: boolean;
  readonly configFile?: string;
  readonly kernel?: string;
  readonly kernelSha256?: string;
  readonly ramdisk?: string;
  readonly ramdiskSha256?: string;
  readonly sshKey?: readonly string[];
}

export function initOptions(command: Command): Command {
  return command
    .option("-y, --yes", "ask nothing: what is not given is chosen by what the tenant has", false)
    .option(
      "--no-probe",
      "make nothing: leave out what only trying tells (MTU, port security, free addresses)",
    )
    .option("--config-file <file>", "write this file instead of Pulumi.STACK.yaml")
    .option("--lab <name>", "prefix of every name (default: ovb-STACK)")
    .option("--public-network <network>", "the external network, by name or id")
    .option("--floating-ip", "the undercloud has to have one")
    .option("--no-floating-ip", "the undercloud has none")
    .option(
      "--access-network <network>",
      "a network of the cloud for the outer NICs, instead of one of the lab's own",
    )
    .option("--access-router <router>", "a router of the project, instead of one of the lab's own")
    .addOption(new Option("--kind <kind>", "what deploys").choices(kinds))
    .option(
      "--kernel <url>",
      "where the undercloud fetches IPA's kernel, for kind ironic without Ironic in its image",
    )
    .option("--kernel-sha256 <sum>", "of that file")
    .option("--ramdisk <url>", "where it fetches IPA's RAM disk")
    .option("--ramdisk-sha256 <sum>", "of that file")
    .option("--undercloud-image <image>", "by name or id")
    .option("--undercloud-flavor <flavor>", "by name or id")
    .option("--bmc-image <image>", "by name or id")
    .option("--bmc-flavor <flavor>", "by name or id")
    .option("--node-flavor <flavor>", "by name or id")
    .option("--nodes <count>", "how many (default: 2, or 1 where the quota has no room)", count)
    .option("--ssh-key <key...>", "public keys for undercloud and BMC: names of keypairs, or files")
    .option("--zone <zone>", "Nova's availability zone of every server (default: the cloud chooses)")
    .option("--allow-from <cidr...>", "who may reach SSH and ping from outside (default: everybody)");
}

function count(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError("It must be a number.");
  return Number(text);
}

/** @throws Error with all that is wrong with the options */
export function givenBy(stack: string, options: InitOptions): Omit<Given, "keys"> {
  const { yes: _, probe: __, configFile: ___, sshKey: ____, ...rest } = options;
  const { kernel, kernelSha256, ramdisk, ramdiskSha256, ...others } = rest;
  const problems: string[] = [];
  const download = (name: string, url?: string, sha256?: string): Download | undefined => {
    if (url !== undefined && sha256 !== undefined) return { url, sha256 };
    if (url !== undefined || sha256 !== undefined)
      problems.push(`--${name} and --${name}-sha256 go together`);
    return undefined;
  };
  const given = {
    ...others,
    stack,
    settings: [],
    kernel: download("kernel", kernel, kernelSha256),
    ramdisk: download("ramdisk", ramdisk, ramdiskSha256),
  };
  if ((given.kernel === undefined) !== (given.ramdisk === undefined))
    problems.push("--kernel and --ramdisk go together");
  if (problems.length > 0) throw new Error(`${problems.join("; ")}; nothing was written.`);
  return given;
}

/** @throws Error where a name is no keypair's of the user and no file of a public key */
export function keysBy({ keys }: Findings, names: readonly string[]): string[] {
  return names.map((name) => {
    const found = keys.find(({ from }) => from === `keypair ${name}`);
    if (found) return found.line;
    const file = name.startsWith("~/") ? join(homedir(), name.slice(2)) : name;
    const line = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
    if (sshKey.safeParse(line).success && !line.includes("\n")) return line;
    const known = keys.map(({ from }) => from).join(", ") || "no keypair of yours";
    throw new Error(
      `--ssh-key ${name}: neither a keypair of yours nor a file with an SSH public key; nothing was written. The cloud has: ${known}.`,
    );
  });
}
