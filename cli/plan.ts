import { Command, Option } from "commander";
import { parseConfig } from "../plan/config";
import { diffPlans, type PlanDiff } from "../plan/diff/planDiff";
import type { LabPlan } from "../plan/labPlan";
import { planLab } from "../plan/planLab";
import { diffMarkdown } from "../plan/views/diffMarkdown";
import { planJson } from "../plan/views/planJson";
import { planMarkdown } from "../plan/views/planMarkdown";
import { planMermaid } from "../plan/views/planMermaid";
import type { Limits } from "../plan/views/planTables";
import { planText } from "../plan/views/planText";
import { planUndercloudConf } from "../plan/views/planUndercloudConf";
import { basePlan } from "./basePlan";
import { readStackConfig } from "./stackConfig";

const views: Record<string, (plan: LabPlan, limits: Limits) => string> = {
  text: planText,
  json: planJson,
  markdown: planMarkdown,
  mermaid: planMermaid,
  "undercloud.conf": planUndercloudConf,
};

/** How a comparison is shown. */
const diffViews: Record<string, (before: LabPlan | undefined, after: LabPlan, diff: PlanDiff) => string> = {
  markdown: diffMarkdown,
  json: (_before, _after, diff) => `${JSON.stringify(diff, null, 2)}\n`,
};

interface PlanOptions {
  readonly stack?: string;
  readonly configFile?: string;
  readonly format: string;
  /** A git ref or a configuration file. */
  readonly against?: string;
}

/** `ovb plan`: the plan on stdout, offline. No cloud, no credentials, no Pulumi CLI. */
export function planCommand(): Command {
  return new Command("plan")
    .description(
      "Show what the lab will be: every name, address, MAC, DHCP option and sum, from Pulumi.yaml and " +
        "Pulumi.STACK.yaml alone. Offline: no cloud, no credentials, no Pulumi CLI.",
    )
    .option("-s, --stack <name>", "the stack (default: the selected one, else the only one, else dev)")
    .option("--config-file <file>", "read this file instead of Pulumi.STACK.yaml")
    .addOption(
      new Option("-f, --format <format>", "how to show it").choices(Object.keys(views)).default("text"),
    )
    .option(
      "--against <base>",
      "show what changes since: a git ref such as origin/main, or a configuration file (markdown, json)",
    )
    .action(({ stack, configFile, format, against }: PlanOptions, command: Command) => {
      const diffView = diffViews[format];
      if (against !== undefined && !diffView)
        command.error(`error: --against needs --format ${Object.keys(diffViews).join(" or ")}`);
      const found = readStackConfig({ folder: process.cwd(), stack, configFile, env: process.env });
      for (const note of found.notes) console.error(note);
      const config = parseConfig(found.config, found.stack);
      const plan = planLab(config);
      if (against === undefined || !diffView) {
        process.stdout.write(views[format]!(plan, config.limits));
        return;
      }
      const before = basePlan(against, process.cwd(), found.stack);
      process.stdout.write(diffView(before, plan, diffPlans(before, plan)));
    });
}
