import { join, relative } from "node:path";
import type { Command } from "commander";
import { authFromEnvironment } from "../openstack/auth";
import { Session } from "../openstack/session";
import type { LabPlan } from "../plan/labPlan";
import { onDevcloud, openStack, project, type StackChoice } from "./environment";
import { type Fetch, firstBoot } from "./firstBoot";
import { Phases } from "./phases";
import { recover } from "./recover";
import { stackCommand } from "./stackOptions";
import { stackPlan } from "./stackPlan";
import { writePrivate } from "./writePrivate";

export interface UpOptions extends StackChoice {
  /** Whether to prove the lab by network-booting a node. */
  readonly boot: boolean;
}

interface Outputs {
  readonly undercloud: { readonly address: string; readonly floatingIp?: string };
  readonly nodesJson: string;
}

export function upCommand(): Command {
  return stackCommand("up")
    .description(
      "Make the lab what the stack's configuration says, in the tenant that OS_CLOUD or OS_AUTH_URL names, and\n" +
        "prove it by network-booting a node. Safe to repeat, also after a run that was killed.",
    )
    .option("--no-boot", "do not network-boot a node")
    .action((options: UpOptions) => up(options));
}

/** Makes the lab what the stack's configuration says, on the cloud that the environment names, and proves it. */
async function up({ boot, ...choice }: UpOptions): Promise<void> {
  const phases = new Phases();
  const plan = stackPlan(project, choice); // every configuration error, before anything happens
  const stack = await openStack(choice);
  const session = new Session(authFromEnvironment());
  await session.projectId(); // who we are and where, before Pulumi begins: it would say less, and later
  await phases.run(`creating or updating the lab ${plan.name}: ${plan.nodes.length} nodes`, async () => {
    await stack.prepare();
    await recover(stack, session, phases.report);
    await stack.pulumi([
      "up",
      "--yes",
      "--skip-preview",
      "--non-interactive",
      "--suppress-outputs",
      "--parallel",
      "64",
    ]);
  });
  const fetch = boot
    ? await phases.run("network-booting a node", () => firstBoot(session, plan, phases.report))
    : undefined;
  const outputs = await stack.outputs<Outputs>();
  const inventory = writeInventory(choice.stack, outputs.nodesJson);
  process.stderr.write(`\n${phases.summary()}\n\n`);
  process.stdout.write(summary(plan, outputs, inventory, fetch));
}

function writeInventory(stack: string, nodesJson: string): string {
  const file = join(project, "build", stack, "nodes.json");
  writePrivate(file, nodesJson);
  return relative(process.cwd(), file);
}

function summary(
  plan: LabPlan,
  { undercloud }: Outputs,
  inventory: string,
  fetch: Fetch | undefined,
): string {
  const prefix = onDevcloud(process.env) ? "npm run devcloud -- exec -- " : "";
  const lines = [
    `The lab ${plan.name} is up.`,
    `  undercloud  ${undercloud.address}${undercloud.floatingIp ? `, from outside ${undercloud.floatingIp}` : ""}`,
    ...(plan.bmc ? [`  bmc         ${plan.bmc.address}`] : []),
    ...plan.nodes.map(
      (node) => `  ${node.key.padEnd(10)}  ${node.address}  ${node.mac}  boots ${node.bootFile}`,
    ),
    ...(fetch ? [proof(fetch)] : []),
    `  nodes.json  ${inventory}`,
    "Next:",
    "  npx ovb plan                       the lab in detail",
    `  ${prefix}npx ovb pulumi -- preview    what a changed configuration would do`,
    ...(prefix ? ["  npm run devcloud -- console NAME   a server's console"] : []),
    "  npm stop                           destroy the lab" + (prefix ? " (--all: the devcloud too)" : ""),
  ];
  return `${lines.join("\n")}\n`;
}

function proof({ node, script, seconds }: Fetch): string {
  const when = seconds === undefined ? "before" : `${seconds.toFixed(0)} s after power on, and is off again`;
  return `  proof       ${node.key} fetched ${script} from the undercloud ${when}`;
}
