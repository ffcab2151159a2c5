import type { LabPlan } from "../lab/labPlan";
import { diffHeadline, diffTables, withoutLab } from "./diffTables";
import { diffWarnings } from "./diffWarnings";
import type { PlanDiff } from "./planDiff";
import { escapeMarkdown, markdownTable } from "./planMarkdown";
import { diffMermaid } from "./planMermaid";
import { ranges } from "./planTables";

/** What a pull request does to a lab, in GitHub's Markdown. @param before undefined: the lab is new */
export function diffMarkdown(before: LabPlan | undefined, after: LabPlan, diff: PlanDiff): string {
  const tables = diffTables(after, diff).map((table) => markdownTable({ ...table, note: "" }));
  const quota = diff.totals.length > 0 ? tables.slice(-1) : [];
  const parts = [
    `### ${escapeMarkdown(diffHeadline(before, after, diff))}`,
    diffWarnings(before, after, diff),
    nodes(diff),
    ...tables.slice(0, tables.length - quota.length),
    ignored(after, diff),
    ...quota,
    picture(before, after, diff),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function nodes({ nodesAdded, nodesRemoved }: PlanDiff): string {
  return [
    ...(nodesAdded.length > 0 ? [`**Nodes added**: ${escapeMarkdown(ranges(nodesAdded))}`] : []),
    ...(nodesRemoved.length > 0 ? [`**Nodes removed**: ${escapeMarkdown(ranges(nodesRemoved))}`] : []),
  ].join("  \n");
}

function ignored(plan: LabPlan, diff: PlanDiff): string {
  if (diff.ignored.length === 0) return "";
  const names = ranges(diff.ignored.map(({ name }) => withoutLab(plan, name)));
  return `Another ${escapeMarkdown(diff.ignored[0]!.field)} is for nodes to come: ${escapeMarkdown(names)} keep theirs.`;
}

/** As far as Markdown goes: no SVG is drawn in a comment on GitHub, Mermaid is. */
function picture(before: LabPlan | undefined, after: LabPlan, diff: PlanDiff): string {
  if (diff.changes.length === 0 && diff.handedOver.length === 0) return "";
  return `<details>
<summary>Picture</summary>

\`\`\`mermaid
${diffMermaid(before, after, diff)}\`\`\`

</details>`;
}
