import type { LabPlan } from "../plan/lab/labPlan";
import type { Comparison } from "../plan/review/planDiff";
import type { Limits } from "../plan/review/planTables";
import { layOut } from "./layout";
import { page } from "./page/page";
import { pictureOf } from "./pictureOf";
import { svg } from "./svg";

/** The lab as an SVG file. */
export async function planSvg(plan: LabPlan, _limits: Limits = {}, comparison?: Comparison): Promise<string> {
  const picture = pictureOf(plan, comparison);
  return svg(picture, await layOut(picture));
}

/** The lab as a page: the picture, and the tables beside it. */
export async function planHtml(plan: LabPlan, limits: Limits = {}, comparison?: Comparison): Promise<string> {
  const picture = pictureOf(plan, comparison);
  return page(plan, limits, picture, await layOut(picture), comparison);
}
