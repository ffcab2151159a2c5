import { createHash } from "node:crypto";
import type { CustomPlan, LabPlan } from "../lab/labPlan";

/**
 * The whole plan as JSON, keys sorted, so that two plans differ where the labs do and nowhere else. The user's own user
 * data is there by its digest: it may hold passwords, and a plan is shown in reviews.
 */
export function planJson(plan: LabPlan): string {
  const { undercloud } = plan;
  const shown =
    undercloud?.custom?.userData !== undefined
      ? { ...plan, undercloud: { ...undercloud, custom: withoutText(undercloud.custom) } }
      : plan;
  return `${JSON.stringify(sorted(shown), null, 2)}\n`;
}

function withoutText({ userData = "", ...custom }: CustomPlan) {
  return { ...custom, userData: digest(userData) };
}

function digest(text: string): string {
  return `[secret, ${Buffer.byteLength(text)} bytes, sha256:${createHash("sha256").update(text).digest("hex")}]`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
