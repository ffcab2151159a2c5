import { type Command, Option } from "commander";
import type { BmcDriver } from "../../plan/inventory/dialect";
import { type ChosenLab, type LabCommandSpec, labCommand } from "../command/labCommand";
import type { Outside } from "../command/outside";
import { chooseIronicNodes } from "../ironic/labIronic";
import type { StackChoice } from "../stack/environment";
import { openIronic, takesUp, urlOption } from "./openIronic";

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

export function enrollCommand(outside?: Outside): Command {
  const spec: LabCommandSpec<[], EnrollOptions> = {
    description:
      "Register every node of the lab with the Ironic on its undercloud, and take new ones to `manageable`. Those that an\n" +
      "Ironic of this lab deployed before its undercloud was replaced are adopted: `active`, with what is on their disks.\n" +
      "Safe to repeat: what differs is updated, deployed nodes are left alone. The undercloud is told the SSH keys,\n" +
      "IPA and the settings of Ironic that `pulumi up` has seen.",
    interrupted: takesUp,
    define: (command) =>
      command
        .addOption(driverOption)
        .option("--prune", "remove nodes from Ironic that are not in the lab any more", false)
        .option(
          "--adopt <nodes...>",
          "adopt these as well, though nobody wrote down what is deployed on them",
        )
        .addOption(urlOption),
  };
  return labCommand("enroll", spec, enroll, outside);
}

async function enroll(lab: ChosenLab, { driver, prune, adopt = [], url }: EnrollOptions): Promise<void> {
  const { ironic } = await openIronic(lab, { url });
  const adopted = chooseIronicNodes(ironic, adopt);
  await ironic.handOver();
  const done = await lab.phases.run("enrolling the nodes", () => ironic.enroll(driver, prune, adopted));
  await ironic.look();
  process.stdout.write(
    `${(["created", "adopted", "updated", "unchanged", "removed"] as const).map((key) => `${done[key].length} ${key}`).join(", ")}\n`,
  );
}
