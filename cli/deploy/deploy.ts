import { readFileSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import { authFromEnvironment } from "../../openstack/auth";
import { Session } from "../../openstack/session";
import { interruptible } from "../../process/interrupt";
import { Phases } from "../../process/phases";
import { type Answer, asks } from "../command/confirm";
import { stackCommand } from "../command/stackCommand";
import type { ConfigDrive, DeployImage } from "../ironic/deployNode";
import {
  chooseIronicNodes,
  type IronicOutputs,
  LabIronic,
  labOf,
  usualStepMinutes,
} from "../ironic/labIronic";
import { openStack, type StackChoice } from "../stack/environment";
import { refuseForeign } from "../stack/labServers";
import { stackClaim } from "../stack/ownState";
import { askBeforeDeploy } from "./askBeforeDeploy";
import { takesUp, urlOption } from "./enroll";

interface DeployCommandOptions extends StackChoice, Answer {
  readonly image?: string;
  readonly checksum?: string;
  readonly format: DeployImage["format"];
  readonly userData?: string;
  readonly sshKey?: string;
  readonly inspect: boolean;
  readonly timeout: number;
  readonly url?: string;
}

export function deployCommand(): Command {
  return asks(stackCommand("deploy"))
    .description(
      "Deploy nodes of the lab with the Ironic on its undercloud, side by side: from whatever state they are in to\n" +
        "`active`. Without --image: the Debian 12 that the undercloud's image brings. What is on a node's disk is lost;\n" +
        "a node that is `active` already is left alone: take it back first, with `npx ovb undeploy`.",
    )
    .argument("<node...>", "nodes by GROUP-INDEX, such as node-0, or by their whole name")
    .option("--image <url>", "whole-disk image, where undercloud and nodes can fetch it")
    .option("--checksum <sha256>", "its SHA-256, or the URL of a file that has it")
    .addOption(new Option("--format <format>", "what it is").choices(["raw", "qcow2"]).default("raw"))
    .option("--user-data <file>", "cloud-init's user data for the nodes, on a config drive")
    .option("--ssh-key <file>", "public key for the image's default user")
    .option("--inspect", "inspect the nodes first", false)
    .option("--timeout <minutes>", "for each of a node's steps", minutes, usualStepMinutes)
    .addOption(urlOption)
    .addHelpText("after", "\nExample:\n  npx ovb deploy node-0 node-1 --ssh-key ~/.ssh/id_ed25519.pub")
    .action((nodes: string[], options: DeployCommandOptions, command: Command) => {
      if ((options.image === undefined) !== (options.checksum === undefined))
        command.error("error: --image and --checksum belong together: Ironic deploys nothing unchecked");
      return deploy(nodes, options);
    });
}

export function minutes(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value > 0) return value;
  throw new InvalidArgumentError("It is a number of minutes, 1 or more.");
}

async function deploy(nodes: readonly string[], options: DeployCommandOptions): Promise<void> {
  const {
    image: imageUrl,
    checksum,
    format,
    userData,
    sshKey,
    inspect,
    timeout,
    url,
    yes,
    ...choice
  } = options;
  const drive = {
    ...(userData !== undefined && { userData: readFileSync(userData, "utf8") }),
    ...(sshKey !== undefined && { sshKey: readFileSync(sshKey, "utf8").trim() }),
  };
  const phases = new Phases();
  const session = new Session(authFromEnvironment());
  await refuseForeign(session, choice);
  const stack = await openStack(choice);
  const outputs = await stack.outputs<IronicOutputs & { provisioning: { bootUrl: string } }>();
  const { chosen, before } = await interruptible(takesUp, async (signal) => {
    const ironic = await phases.run("waiting for Ironic", async () =>
      LabIronic.open(outputs, {
        ...{ session, claim: await stackClaim(choice, labOf(outputs)), report: phases.report },
        ...{ signal, url, stepMinutes: timeout },
      }),
    );
    const chosen = chooseIronicNodes(ironic, nodes);
    await askBeforeDeploy({ ironic, session, stack: choice.stack, nodes: chosen }, { yes });
    const image =
      imageUrl !== undefined && checksum !== undefined
        ? { url: imageUrl, checksum, format }
        : packagedImage(outputs.provisioning.bootUrl);
    const before = await phases.run(`deploying ${chosen.join(", ")}`, () =>
      ironic.deploy(chosen, image, (name) => configDrive(name, drive), inspect),
    );
    return { chosen, before };
  });
  const asked = [
    ...(imageUrl === undefined ? [] : ["--image"]),
    ...(userData === undefined ? [] : ["--user-data"]),
    ...(sshKey === undefined ? [] : ["--ssh-key"]),
    ...(inspect ? ["--inspect"] : []),
  ];
  process.stdout.write(
    chosen.map((name) => (before.includes(name) ? untouched(name, asked) : `${name} is active\n`)).join(""),
  );
}

/** Of a node that was deployed before, by whomever. @param asked options that had no effect on it */
export function untouched(name: string, asked: readonly string[]): string {
  const ignored =
    asked.length === 0 ? "" : `; ${asked.join(", ")} ${asked.length === 1 ? "has" : "have"} no effect on it`;
  return (
    `${name} was active already: nothing was done${ignored}. ` +
    `To deploy it again: npx ovb undeploy ${name}, then the same command\n`
  );
}

/** The image that the undercloud's own image brings, as its HTTP server has it. */
export function packagedImage(bootUrl: string): DeployImage {
  const url = `${bootUrl}/deploy/debian-12.raw`;
  return { url, checksum: `${url}.sha256`, format: "raw" };
}

/**
 * What a node is told at its first boot. Its network it learns by DHCP, from the same port that it booted from.
 * @param name also its host name.
 */
export function configDrive(
  name: string,
  { userData, sshKey }: { readonly userData?: string; readonly sshKey?: string } = {},
): ConfigDrive {
  return {
    meta_data: {
      uuid: name,
      name,
      hostname: name,
      ...(sshKey !== undefined && { public_keys: { default: sshKey } }),
    },
    ...(userData !== undefined && { user_data: userData }),
  };
}
