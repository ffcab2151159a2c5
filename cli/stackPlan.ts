import { parseConfig } from "../plan/config";
import type { LabPlan } from "../plan/labPlan";
import { planLab } from "../plan/planLab";
import type { StackChoice } from "./environment";
import { readStackConfig } from "./stackConfig";

/** The plan of a stack, from its files alone. @throws ConfigError and the errors of readStackConfig */
export function stackPlan(project: string, { stack, configFile }: StackChoice): LabPlan {
  const { config } = readStackConfig({ folder: project, stack, configFile, env: process.env });
  return planLab(parseConfig(config, stack));
}
