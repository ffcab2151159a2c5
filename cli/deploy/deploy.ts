import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import type { IronicPlan } from "../../plan/lab/labPlan";
import { type Answer, asks } from "../command/confirm";
import { type ChosenLab, type LabCommandSpec, labCommand } from "../command/labCommand";
import type { Outside } from "../command/outside";
import type { ConfigDrive, DeployImage } from "../ironic/deployNode";
import { chooseIronicNodes, type IronicOutputs, usualStepMinutes } from "../ironic/labIronic";
import type { StackChoice } from "../stack/environment";
import { askBeforeDeploy } from "./askBeforeDeploy";
import { minutes, openIronic, takesUp, urlOption } from "./openIronic";

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

interface DeployOutputs extends IronicOutputs {
  readonly provisioning: { readonly bootUrl: string };
}

export function deployCommand(outside?: Outside): Command {
  const spec: LabCommandSpec<[nodes: string[]], DeployCommandOptions> = {
    description:
      "Deploy nodes of the lab with the Ironic on its undercloud, side by side: from whatever state they are in to\n" +
      "`active`. Without --image: what the configuration names, or the Debian 13 of the undercloud's image. What is on a node's disk is lost;\n" +
      "a node that is `active` already is left alone: take it back first, with `npx ovb undeploy`.",
    interrupted: takesUp,
    define: (command) =>
      asks(command)
        .argument("<node...>", "nodes by GROUP-INDEX, such as node-0, or by their whole name")
        .option("--image <url>", "whole-disk image, where undercloud and nodes can fetch it")
        .option("--checksum <sha256>", "its SHA-256, or the URL of a file that has it")
        .addOption(new Option("--format <format>", "what it is").choices(["raw", "qcow2"]).default("raw"))
        .option("--user-data <file>", "cloud-init's user data for the nodes, on a config drive")
        .option(
          "--ssh-key <file>",
          "public key for the image's default user (default: the lab's own, for `ovb ssh`)",
        )
        .option("--inspect", "inspect the nodes first", false)
        .option("--timeout <minutes>", "for each of a node's steps", minutes, usualStepMinutes)
        .addOption(urlOption),
    check: (command, _nodes, { image, checksum }) => {
      if ((image === undefined) !== (checksum === undefined))
        command.error("error: --image and --checksum belong together: Ironic deploys nothing unchecked");
    },
  };
  return labCommand("deploy", spec, deploy, outside);
}

async function deploy(
  lab: ChosenLab,
  nodes: readonly string[],
  options: DeployCommandOptions,
): Promise<void> {
  const { image: imageUrl, checksum, format, userData, sshKey, inspect, timeout, url, yes } = options;
  const given = {
    userData: userData === undefined ? undefined : readFileSync(userData, "utf8"),
    sshKey: sshKey === undefined ? undefined : readFileSync(sshKey, "utf8").trim(),
  };
  const { ironic, outputs } = await openIronic<DeployOutputs>(lab, { url, timeout });
  const drive = { ...given, sshKey: given.sshKey ?? ironic.publicKey };
  const chosen = chooseIronicNodes(ironic, nodes);
  const { session, choice } = lab;
  await askBeforeDeploy({ ironic, session, stack: choice.stack, nodes: chosen }, { yes });
  const image =
    imageUrl !== undefined && checksum !== undefined
      ? { url: imageUrl, checksum, format }
      : imageToDeploy(lab.plan.undercloud?.ironic, outputs.provisioning.bootUrl, await ironic.broughtImage());
  if (!image) throw new Error(noImage);
  const before = await lab.phases.run(`deploying ${chosen.join(", ")}`, () =>
    ironic.deploy(chosen, image, (name) => configDrive(name, drive), inspect),
  );
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

/** Why nothing can be deployed, and the way out. */
export const noImage =
  "the undercloud has no image to deploy: name one in ovb:undercloud.ironic.image (url, sha256) or " +
  "ovb:undercloud.ironic.files.image (a file), then npx ovb up; or give --image and --checksum to npx ovb deploy";

/**
 * What nodes are deployed with.
 * @param brought as LabIronic.broughtImage has it
 * @returns undefined where there is nothing
 */
export function imageToDeploy(
  plan: Pick<IronicPlan, "image" | "files"> | undefined,
  bootUrl: string,
  brought: string | undefined,
): DeployImage | undefined {
  if (plan?.image) return { url: plan.image.url, checksum: plan.image.sha256, format: plan.image.format };
  if (brought === undefined) return undefined;
  if (brought === "") return packagedImage(bootUrl);
  const format = plan?.files.image?.toLowerCase().endsWith(".qcow2") ? "qcow2" : "raw";
  return { url: `${bootUrl}/deploy/image`, checksum: brought, format };
}

/** The image that the undercloud's own image brings, as its HTTP server has it. */
export function packagedImage(bootUrl: string): DeployImage {
  const url = `${bootUrl}/deploy/debian-13.raw`;
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
