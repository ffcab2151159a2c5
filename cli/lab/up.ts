import { join, relative } from "node:path";
import type { Command } from "commander";
import type { Session } from "../../openstack/session";
import type { LabPlan } from "../../plan/lab/labPlan";
import { cacheFolder } from "../../process/folders";
import { interruptible } from "../../process/interrupt";
import { Phases } from "../../process/phases";
import { writePrivate } from "../../process/writePrivate";
import { type Claim, checkedVariable, checkUp } from "../../tenant/claim";
import { tenantInventory } from "../../tenant/inventory";
import { environmentsCloud, type Outside } from "../command/outside";
import { stackCommand } from "../command/stackCommand";
import { buildIpa } from "../deploy/buildIpa";
import { takesUp } from "../deploy/openIronic";
import { type IronicOutputs, LabIronic } from "../ironic/labIronic";
import { handOverIfReached, rememberBefore } from "../ironic/reachIronic";
import { forgetGone } from "../recover/forgetGone";
import { recover } from "../recover/recover";
import { repeatable } from "../recover/repeatable";
import { onDevcloud, openStack, project, type StackChoice } from "../stack/environment";
import { checkHome, noteHome } from "../stack/home";
import { stackClaim } from "../stack/ownState";
import { stackPlan } from "../stack/stackPlan";
import { type Fetch, firstBoot } from "./firstBoot";
import { firstDeploy, type Proof, proofText } from "./firstDeploy";

export interface UpOptions extends StackChoice {
  /** Whether to prove the lab by network-booting a node. */
  readonly boot: boolean;
  /** Whether to prove it by deploying a node instead, where the undercloud has Ironic. */
  readonly deploy: boolean;
}

interface Outputs extends IronicOutputs {
  readonly undercloud: {
    readonly address: string;
    readonly floatingIp?: string;
    readonly accessAddress?: string;
  };
  readonly nodesJson: string;
}

export function upCommand(outside = environmentsCloud): Command {
  return stackCommand("up")
    .description(
      "Make the lab what the stack's configuration says, in the tenant that OS_CLOUD or OS_AUTH_URL names, and\n" +
        "prove it by network-booting a node. Safe to repeat, also after a run that was killed.",
    )
    .option("--no-boot", "do not network-boot a node")
    .option("--no-deploy", "network-boot a node and do not deploy it, where the undercloud has Ironic")
    .action((options: UpOptions) => up(options, outside));
}

const provesLater =
  "The lab stands; the same command proves it. `npx ovb status` shows whether a node is on.";

/** Of `pulumi`. */
export const upArguments: readonly string[] = [
  "up",
  "--yes",
  "--skip-preview",
  "--non-interactive",
  "--suppress-outputs",
  "--parallel",
  "64",
];

/** Makes the lab what the stack's configuration says, on the cloud that the environment names, and proves it. */
async function up({ boot, deploy, ...choice }: UpOptions, outside: Outside): Promise<void> {
  const phases = new Phases();
  const plan = stackPlan(project, choice); // every configuration error, before anything happens
  const stack = await openStack(choice);
  const session = outside.session();
  await checkHome(choice.stack, session);
  await session.projectId(); // who we are and where, before Pulumi begins: it would say less, and later
  await phases.run(`creating or updating the lab ${plan.name}: ${plan.nodes.length} nodes`, async () => {
    await stack.prepare();
    const claims = await recover(stack, session, phases.report, { plan, next: "up" });
    const claim = checkUp(await tenantInventory(session), claims, plan.name);
    await forgetGone(stack, session, phases.report, { plan });
    await noteHome(choice.stack, session);
    await rememberBefore(stack, { session, claim, report: phases.report });
    await repeatable(stack, "up", () => stack.pulumi(upArguments, { env: { [checkedVariable]: plan.name } }));
  });
  const outputs = await stack.outputs<Outputs>();
  const claim = await stackClaim(choice, plan.name);
  const inventory = writeInventory(choice.stack, outputs.nodesJson);
  // Without a BMC Ironic has nothing to reach the nodes by.
  const enrolls = plan.bmc !== undefined && plan.undercloud?.ironic?.enroll === true;
  const fetch =
    boot && !(enrolls && deploy)
      ? await phases.run("network-booting a node", () =>
          interruptible(provesLater, (signal) => firstBoot(session, plan, claim, phases.report, signal)),
        )
      : undefined;
  const deployment = enrolls
    ? await interruptible(takesUp, (signal) =>
        useIronic({ plan, outputs, phases, session, claim, signal, deploy: boot && deploy }),
      )
    : undefined;
  if (!enrolls && outputs.ironic)
    await interruptible(takesUp, (signal) =>
      handOverIfReached(outputs, { session, claim, report: phases.report, signal }),
    );
  process.stderr.write(`\n${phases.summary()}\n\n`);
  process.stdout.write(summary(plan, outputs, inventory, fetch, deployment));
}

/** Enrols the nodes and proves the lab, where the command line does not say no: a node of a new lab is deployed. */
async function useIronic({
  plan,
  outputs,
  phases,
  session,
  claim,
  signal,
  deploy,
}: {
  plan: LabPlan;
  outputs: Outputs;
  phases: Phases;
  session: Session;
  claim: Claim;
  signal: AbortSignal;
  deploy: boolean;
}): Promise<Proof | undefined> {
  const { report } = phases;
  const ironic = await phases.run("waiting for Ironic", async () => {
    const lab = await LabIronic.open(outputs, { session, claim, report, signal });
    await lab.bring(plan.undercloud!.ironic!, () => buildIpa(cacheFolder(), { report, signal }));
    await lab.handOver();
    return lab;
  });
  await phases.run("enrolling the nodes", () => ironic.enroll("auto", false));
  if (!deploy) {
    await ironic.look();
    return undefined;
  }
  return phases.run("proving the lab", () => firstDeploy(session, ironic, plan, report, signal));
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
  deployment: Proof | undefined,
): string {
  const outside = undercloud.floatingIp ?? undercloud.accessAddress;
  const lines = [
    `The lab ${plan.name} is up.`,
    `  undercloud  ${undercloud.address}${outside ? `, from outside ${outside}` : ""}`,
    ...(plan.bmc ? [`  bmc         ${plan.bmc.address}`] : []),
    ...plan.nodes.map(
      (node) => `  ${node.key.padEnd(10)}  ${node.address}  ${node.mac}  boots ${node.bootFile}`,
    ),
    ...(fetch ? [proof(fetch)] : []),
    ...(deployment ? [`  proof       ${proofText(deployment)}`] : []),
    `  nodes.json  ${inventory}`,
    "Next:",
    "  npx ovb plan                   the lab in detail",
    "  npx ovb status                 servers, power, BMC; `power`, `console`, `rebuild` work likewise",
    "  npx ovb pulumi -- preview      what a changed configuration would do",
    `  npm stop                       destroy the lab${onDevcloud(process.env) ? " (--all: the devcloud too)" : ""}`,
  ];
  return `${lines.join("\n")}\n`;
}

function proof({ node, script, seconds }: Fetch): string {
  const when = seconds === undefined ? "before" : `${seconds.toFixed(0)} s after power on, and is off again`;
  return `  proof       ${node.key} fetched ${script} from the undercloud ${when}`;
}
