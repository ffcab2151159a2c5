import { createHash } from "node:crypto";
import type { Json } from "./resource";

/**
 * An ETag of two parts: what a PATCH may change, and the rest. A client that read a system before it powered it off may
 * still change what it boots: only a change of that in between is a conflict.
 * @param patchable names of properties; absent: the whole
 */
export function etagOf(body: Json | string, patchable?: readonly string[]): string {
  const mine: Json = {};
  const rest: Json = {};
  for (const [name, value] of Object.entries(typeof body === "string" ? { body } : body)) {
    (patchable?.includes(name) === false ? rest : mine)[name] = value;
  }
  return `"${digest(mine)}.${digest(rest)}"`;
}

/** If-None-Match: has anything changed? Weak or strong: what sushy's clients send back varies, and the digest is the same. */
export const isSame = (header: string | undefined, etag: string): boolean =>
  tags(header).some((tag) => tag === "*" || tag === etag);

/** If-Match: would a change be of what the client has seen? */
export const isChangeable = (header: string | undefined, etag: string): boolean =>
  header === undefined || tags(header).some((tag) => tag === "*" || first(tag) === first(etag));

const tags = (header = ""): string[] => header.split(",").map((tag) => tag.trim().replace(/^W\//, ""));

const first = (tag: string): string | undefined => /^"([\w-]+)\.[\w-]+"$/.exec(tag)?.[1];

const digest = (value: Json): string =>
  createHash("sha256").update(JSON.stringify(value)).digest("base64url").slice(0, 16);
