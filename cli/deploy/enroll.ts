import { type Command, Option } from "commander";
import { authFromEnvironment } from "../../openstack/auth";
import { Session } from "../../openstack/session";
import type { BmcDriver } from "../../plan/inventory/dialect";
import { interruptible } from "../../process/interrupt";
import { Phases } from "../../process/phases";
import { stackCommand } from "../command/stackCommand";
import { chooseIronicNodes, type IronicOutputs, LabIronic, labOf } from "../ironic/labIronic";
import { openStack, type StackChoice } from "../stack/environment";
import { refuseForeign } from "../stack/labServers";
import { stackClaim } from "../stack/ownState";

export interface EnrollOptions extends StackChoice {
  readonly driver: BmcDriver | "auto";
  readonly prune: boolean;
  /** Nodes by GROUP-INDEX or name. */
  readonly adopt?: readonly string[];
  readonly url?: string;
}

export const driverOption = new Option(
  "--driver <driver>",
  "how Ironic reaches the nodes' BMCs; auto: Redfish where the BMC speaks it",
)
  .choices(["auto", "ipmi", "redfish"])
  .default("auto");

export const urlOption = new Option(
  "--url <url>",
  "Ironic's API, when not at the floating IP: such as https://127.0.0.1:13385 through an SSH tunnel",
);

/** What Ctrl-C leaves. */
export const takesUp = "What Ironic has begun goes on; the same command takes up from there.";

export function enrollCommand(): Command {
  return stackCommand("enroll")
    .description(
      "Register every node of the lab with the Ironic on its undercloud, and take new ones to `manageable`. Those that an\n" +
        "Ironic of this lab deployed before its undercloud was replaced are adopted: `active`, with what is on their disks.\n" +
        "Safe to repeat: what differs is updated, deployed nodes are left alone.",
    )
    .addOption(driverOption)
    .option("--prune", "remove nodes from Ironic that are not in the lab any more", false)
    .option("--adopt <nodes...>", "adopt these as well, though nobody wrote down what is deployed on them")
    .addOption(urlOption)
    .addHelpText("after", "\nExample:\n  npx ovb enroll --adopt node-1")
    .action((options: EnrollOptions) => enroll(options));
}

async function enroll({ driver, prune, adopt = [], url, ...choice }: EnrollOptions): Promise<void> {
  const phases = new Phases();
  const session = new Session(authFromEnvironment());
  await refuseForeign(session, choice);
  const stack = await openStack(choice);
  const outputs = await stack.outputs<IronicOutputs>();
  const done = await interruptible(takesUp, async (signal) => {
    const ironic = await phases.run("waiting for Ironic", async () =>
      LabIronic.open(outputs, {
        ...{ session, claim: await stackClaim(choice, labOf(outputs)), report: phases.report, signal, url },
      }),
    );
    const adopted = chooseIronicNodes(ironic, adopt);
    const enrolled = await phases.run("enrolling the nodes", () => ironic.enroll(driver, prune, adopted));
    await ironic.look();
    return enrolled;
  });
  process.stdout.write(
    `${(["created", "adopted", "updated", "unchanged", "removed"] as const).map((key) => `${done[key].length} ${key}`).join(", ")}\n`,
  );
}
