import { resolve } from "node:path";
import { readLabConfig } from "../../plan/config/readLabConfig";
import type { LabPlan } from "../../plan/lab/labPlan";
import { planLab } from "../../plan/lab/planLab";
import type { LabConfig } from "../../plan/lab/schema/configSchema";
import { filesIn } from "../../process/filesIn";
import type { StackChoice } from "./environment";
import { readStackConfig } from "./stackConfig";

export interface Lab {
  readonly config: LabConfig;
  readonly plan: LabPlan;
}

/** A stack's configuration and plan, from its files alone. @throws ConfigError and the errors of readStackConfig */
export function stackLab(project: string, { stack, configFile }: StackChoice): Lab {
  const file = configFile && resolve(configFile);
  const found = readStackConfig({ folder: project, stack, configFile: file, env: process.env });
  for (const note of found.notes) console.error(note);
  const config = readLabConfig(found.config, found.stack, filesIn(found.folder), found.unknown);
  return { config, plan: planLab(config) };
}

/** The same where the plan is enough. */
export function stackPlan(project: string, choice: StackChoice): LabPlan {
  return stackLab(project, choice).plan;
}
