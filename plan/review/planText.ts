import type { LabPlan } from "../lab/labPlan";
import { backendNotes, backendNotesTitle } from "./backendNotes";
import { type Limits, type PlanTable, planSummary, planTables } from "./planTables";

/** Fits a terminal of 100 columns, as most logs and editors show. */
const width = 100;
const gap = 2;
/** A column is not cut below this: less of a name says nothing. */
const leastColumn = 5;

/** The plan for a terminal: aligned tables of at most 100 columns. */
export function planText(plan: LabPlan, limits: Limits = {}): string {
  const tables = planTables(plan, limits).map(section);
  const cut = tables.some((text) => text.includes("…"));
  const parts = [
    ...wrap(`${planSummary(plan)}.`, ""),
    ...wrap(`Tags: ${plan.tags.join(", ")}`, "  "),
    ...tables.map((text) => `\n${text}`),
    ...notes(plan),
    ...(cut ? ["\n… marks what is cut short; --format json has it whole."] : []),
  ];
  return `${parts.join("\n")}\n`;
}

function notes(plan: LabPlan): string[] {
  const all = backendNotes(plan);
  if (all.length === 0) return [];
  return ["", ...wrap(backendNotesTitle, ""), ...all.flatMap((note) => wrap(note, "  "))];
}

function section({ title, note, head, rows, cuttable }: PlanTable): string {
  const cells = [head.map((text) => text.toUpperCase()), ...rows].map((row) => row.map(printable));
  const longest = head.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const widths = fitWidths(
    longest,
    head.map((text) => cuttable.includes(text)),
  );
  const lines = cells.map((row) =>
    row
      .map((text, column) => cut(text, widths[column]!).padEnd(widths[column]! + gap))
      .join("")
      .trimEnd(),
  );
  return [title.toUpperCase(), ...wrap(note, ""), ...lines.map((line) => `  ${line}`)].join("\n");
}

/** Takes from the widest column that may be cut until the row fits. */
function fitWidths(widths: readonly number[], cuttable: readonly boolean[]): number[] {
  const fitted = [...widths];
  // The indent of a row takes the room of the gap that its last column does not need.
  const room = width - gap * widths.length;
  for (let over = fitted.reduce((a, b) => a + b, 0) - room; over > 0; over--) {
    const widest = Math.max(...fitted.filter((_, column) => cuttable[column]));
    if (widest <= leastColumn) break;
    fitted[fitted.findIndex((size, column) => cuttable[column] && size === widest)]!--;
  }
  return fitted;
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** Names on a cloud may hold anything; on a terminal a control character is a command. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, "?");
}

function wrap(text: string, indent: string): string[] {
  const lines = [""];
  for (const word of printable(text).split(" ")) {
    const line = lines.at(-1)!;
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length <= width - indent.length) lines[lines.length - 1] = longer;
    else lines.push(cut(word, width - indent.length));
  }
  return lines.filter((line) => line !== "").map((line, i) => (i === 0 ? line : indent + line));
}
