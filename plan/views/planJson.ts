import type { LabPlan } from "../labPlan";

/** The whole plan as JSON, keys sorted, so that two plans differ where the labs do and nowhere else. */
export function planJson(plan: LabPlan): string {
  return `${JSON.stringify(sorted(plan), null, 2)}\n`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
