import { createHash } from "node:crypto";
import type { CustomPlan, ImagePlan, LabPlan } from "../lab/labPlan";
import { shownUrl } from "../lab/shownUrl";

/**
 * The whole plan as JSON, keys sorted, so that two plans differ where the labs do and nowhere else. The user's own user
 * data is there by its digest, and a URL without its user and query: they may hold passwords, and a plan is shown in reviews.
 */
export function planJson(plan: LabPlan): string {
  const { undercloud, images } = plan;
  const custom = undercloud?.custom;
  const shown = {
    ...plan,
    ...(custom?.userData !== undefined && { undercloud: { ...undercloud, custom: withoutText(custom) } }),
    images: {
      disk: withoutTokens(images.disk),
      ...(images.iso && { iso: withoutTokens(images.iso) }),
    },
  };
  return `${JSON.stringify(sorted(shown), null, 2)}\n`;
}

function withoutTokens(image: ImagePlan): ImagePlan {
  return image.kind === "url" ? { ...image, source: shownUrl(image.source!) } : image;
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
