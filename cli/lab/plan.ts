import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { readLabConfig } from "../../plan/config/readLabConfig";
import type { LabPlan } from "../../plan/lab/labPlan";
import { planLab } from "../../plan/lab/planLab";
import { diffMarkdown } from "../../plan/review/diffMarkdown";
import { type Comparison, diffPlans } from "../../plan/review/planDiff";
import { planJson } from "../../plan/review/planJson";
import { planMarkdown } from "../../plan/review/planMarkdown";
import { diffMermaid, planMermaid } from "../../plan/review/planMermaid";
import type { Limits } from "../../plan/review/planTables";
import { planText } from "../../plan/review/planText";
import { planUndercloudConf } from "../../plan/review/planUndercloudConf";
import { filesIn } from "../../process/filesIn";
import { stackCommand } from "../command/stackCommand";
import type { StackChoice } from "../stack/environment";
import { project } from "../stack/project";
import { readStackConfig } from "../stack/stackConfig";
import { basePlan } from "./basePlan";

type View = (plan: LabPlan, limits: Limits) => string | Promise<string>;

const views: Record<string, View> = {
  text: planText,
  json: planJson,
  markdown: planMarkdown,
  mermaid: planMermaid,
  svg: async (plan, limits) => (await pictures()).planSvg(plan, limits),
  html: async (plan, limits) => (await pictures()).planHtml(plan, limits),
  "undercloud.conf": planUndercloudConf,
};

type DiffView = (comparison: Comparison, after: LabPlan, limits: Limits) => string | Promise<string>;

/** How a comparison is shown. */
const diffViews: Record<string, DiffView> = {
  markdown: ({ before, diff }, after) => diffMarkdown(before, after, diff),
  mermaid: ({ before, diff }, after) => diffMermaid(before, after, diff),
  json: ({ diff }) => `${JSON.stringify(diff, null, 2)}\n`,
  svg: async (comparison, after, limits) => (await pictures()).planSvg(after, limits, comparison),
  html: async (comparison, after, limits) => (await pictures()).planHtml(after, limits, comparison),
};

/** The library that lays pictures out takes a tenth of a second to load. */
const pictures = () => import("../../picture/views");

interface PlanOptions extends StackChoice {
  /** Where Pulumi.yaml is, or below it. */
  readonly project: string;
  readonly format: string;
  /** A git ref or a configuration file. */
  readonly against?: string;
}

/** `ovb plan`: the plan on stdout, offline. No cloud, no credentials, no Pulumi CLI. */
export function planCommand(): Command {
  return stackCommand("plan")
    .description(
      "Show what the lab will be: every name, address, MAC, DHCP option and sum, from Pulumi.yaml and " +
        "Pulumi.STACK.yaml alone. Offline: no cloud, no credentials, no Pulumi CLI.",
    )
    .addOption(
      new Option("--project <folder>", "where Pulumi.yaml is, or below it").default(project, "this checkout"),
    )
    .addOption(
      new Option("-f, --format <format>", "how to show it; with --against markdown, unless told otherwise")
        .choices(Object.keys(views))
        .default("text"),
    )
    .option(
      "--against <base>",
      `show what changes since: a git ref such as origin/main, or a configuration file (${Object.keys(diffViews).join(", ")})`,
    )
    .action(async ({ stack, project: folder, against, ...options }: PlanOptions, command: Command) => {
      const chosen = command.getOptionValueSource("format") !== "default";
      const format = against === undefined || chosen ? options.format : "markdown";
      const diffView = diffViews[format];
      if (against !== undefined && !diffView)
        command.error(`error: --against needs --format ${Object.keys(diffViews).join(" or ")}`);
      const configFile = options.configFile && resolve(options.configFile);
      const found = readStackConfig({ folder, stack, configFile, env: process.env });
      for (const note of found.notes) console.error(note);
      const config = readLabConfig(found.config, found.stack, filesIn(found.folder), found.unknown);
      const plan = planLab(config);
      if (against === undefined || !diffView) {
        process.stdout.write(await views[format]!(plan, config.limits));
        return;
      }
      const before = basePlan(against, found.folder, found.stack, console.error);
      const comparison = { before, diff: diffPlans(before, plan) };
      process.stdout.write(await diffView(comparison, plan, config.limits));
    });
}
