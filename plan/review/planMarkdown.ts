import type { LabPlan } from "../lab/labPlan";
import { backendNotes, backendNotesTitle } from "./backendNotes";
import { planMermaid } from "./planMermaid";
import { type Limits, type PlanTable, planSummary, planTables } from "./planTables";

/** Longer tables are folded, so that a review of a large lab stays readable. */
const mostOpenRows = 20;

/** The plan for a pull request's description or comment, in GitHub's Markdown. */
export function planMarkdown(plan: LabPlan, limits: Limits = {}): string {
  const tables = planTables(plan, limits).map(markdownTable);
  return `### ${escapeMarkdown(planSummary(plan))}

${tables.join("\n\n")}
${notes(plan)}
<details>
<summary>Topology</summary>

\`\`\`mermaid
${planMermaid(plan)}\`\`\`

</details>
`;
}

function notes(plan: LabPlan): string {
  const all = backendNotes(plan);
  if (all.length === 0) return "";
  return `\n**${backendNotesTitle}**\n\n${all.map((note) => `- ${escapeMarkdown(note)}`).join("\n")}\n`;
}

/** A titled table, folded when it is long. */
export function markdownTable({ title, note, head, rows }: Omit<PlanTable, "cuttable">): string {
  const table = [head, head.map(() => "---"), ...rows.map((row) => row.map(escapeMarkdown))]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");
  if (rows.length <= mostOpenRows)
    return `${[`**${title}**`, escapeMarkdown(note)].filter(Boolean).join(". ")}\n\n${table}`;
  return `<details>
<summary><b>${title}</b> (${rows.length})</summary>

${escapeMarkdown(note)}

${table}

</details>`;
}

/**
 * What GitHub would take for markup, a mention or a reference. URLs stay whole, as they hold none of these;
 * a control character, a line break above all, would end the table.
 */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\p{C}/gu, "?")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/@/g, "&#64;")
    .replace(/#(?!\d+;)/g, "&#35;")
    .replace(/[\\`*_|[\]~$]/g, "\\$&");
}
