import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { hasStatus } from "./error";
import { listAll } from "./paging";
import type { Session } from "./session";

export interface Image {
  id: string;
  name: string | null;
  /** queued (no data yet), saving, active, deactivated, killed, … */
  status: string;
  visibility: "public" | "private" | "shared" | "community";
  owner: string;
  tags: string[];
  /** UTC, "2026-11-21T10:00:00Z". */
  created_at: string;
  disk_format: string | null;
  container_format: string | null;
  /** Bytes, null while queued. */
  size: number | null;
  /** GiB a flavor must have. */
  min_disk: number;
  /** MiB a flavor must have. */
  min_ram: number;
  os_hash_value: string | null;
  /** Properties such as hw_rescue_device stand beside the fields above. */
  [property: string]: unknown;
}

export interface ImageFilter {
  name?: string;
  tag?: string;
  /** Project id. */
  owner?: string;
}

export interface NewImage {
  /** A UUID, chosen by whoever must be able to find the image again after a crash @default Glance's own */
  id?: string;
  name: string;
  disk_format: "raw" | "qcow2" | "iso" | "aki" | "ari" | "ami";
  container_format: "bare" | "aki" | "ari" | "ami";
  /** @default "private"; only an administrator may publish */
  visibility?: "private" | "public";
  tags?: readonly string[];
  /** GiB. */
  min_disk?: number;
  /** MiB. */
  min_ram?: number;
  /** hw_*, os_*, kernel_id and the like. */
  properties?: Record<string, string>;
}

/** Images that this project may use. Names need not be unique. */
export function listImages(
  session: Session,
  filter: ImageFilter = {},
  signal?: AbortSignal,
): Promise<Image[]> {
  return listAll<Image>(session, "image", "/images", "images", { query: { ...filter }, signal });
}

/** Disk formats that this Glance takes, such as "qcow2" and "iso". */
export async function imageFormats(session: Session, signal?: AbortSignal): Promise<string[]> {
  const { properties } = await session.request<{ properties: { disk_format: { enum: (string | null)[] } } }>(
    "image",
    "GET",
    "/schemas/image",
    { signal, field: "properties" },
  );
  return properties.disk_format.enum.filter((format) => format !== null);
}

/** False when it was gone already. */
export async function deleteImage(session: Session, id: string, signal?: AbortSignal): Promise<boolean> {
  try {
    await session.request("image", "DELETE", `/images/${encodeURIComponent(id)}`, { signal });
    return true;
  } catch (error) {
    if (hasStatus(error, 404)) return false;
    throw error;
  }
}

/** An image without data, status "queued": `uploadImage` makes it usable. */
export function createImage(session: Session, image: NewImage, signal?: AbortSignal): Promise<Image> {
  const { properties, ...fields } = image;
  return session.request<Image>("image", "POST", "/images", {
    json: { visibility: "private", ...properties, ...fields },
    signal,
    field: "id",
  });
}

/**
 * Streams a file into a queued image; it is active when this returns.
 * @param timeoutMs for the whole upload @default one hour
 */
export async function uploadImage(
  session: Session,
  id: string,
  file: string,
  { timeoutMs = 3_600_000, signal }: { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<void> {
  const { size } = await stat(file);
  const content = () => Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>;
  await streamImage(session, id, { content, size }, { timeoutMs, signal });
}

/**
 * The same from anywhere.
 * @param size bytes, where known
 */
export async function streamImage(
  session: Session,
  id: string,
  { content, size }: { content: () => ReadableStream<Uint8Array>; size?: number },
  { timeoutMs = 3_600_000, signal }: { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<void> {
  await session.request("image", "PUT", `/images/${encodeURIComponent(id)}/file`, {
    body: content,
    headers: {
      "Content-Type": "application/octet-stream",
      // With the length known the body is not chunked, which some WSGI servers in front of Glance cannot read.
      ...(size !== undefined && { "Content-Length": String(size) }),
    },
    // After a broken upload the image is no longer "queued", and a second one is refused.
    idempotent: false,
    timeoutMs,
    signal,
  });
}
