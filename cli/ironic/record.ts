import type { IronicNode } from "./node";

/** Keys of the metadata of a node's server. The BMC's agent keeps its mark there, and Pulumi ignores them all. */
export const recordKeys = {
  at: "ovb-deployed",
  disk: "ovb-deployed-disk",
  image: "ovb-deployed-image",
  checksum: "ovb-deployed-checksum",
  format: "ovb-deployed-format",
} as const;

/** Nova's limit for a value. */
const mostCharacters = 255;

/**
 * What Ironic must remember of a node that it deployed. Its database ends with the undercloud's VM, so this is kept in the
 * metadata of the node's server. It holds no secret: of an image's URL what may be one is left out.
 */
export interface DeployRecord {
  /** ISO 8601: when Ironic was through. */
  readonly at: string;
  /** Id of Nova's request that made the disk (see DiskHistory): of another disk the record says nothing. */
  readonly disk: string;
  /** URL, without user, password and query. */
  readonly image?: string;
  /** SHA-256 in hexadecimal, or the URL of a file that has it. */
  readonly checksum?: string;
  readonly format?: string;
}

/** @returns undefined where there is none */
export function readRecord(metadata: Readonly<Record<string, string>>): DeployRecord | undefined {
  const at = metadata[recordKeys.at];
  const disk = metadata[recordKeys.disk];
  if (at === undefined || disk === undefined) return undefined;
  const {
    [recordKeys.image]: image,
    [recordKeys.checksum]: checksum,
    [recordKeys.format]: format,
  } = metadata;
  return { at, disk, ...(image && { image }), ...(checksum && { checksum }), ...(format && { format }) };
}

/** As metadata: every key, because what is not set now must not stay from before. */
export function recordMetadata(record: DeployRecord): Record<string, string> {
  return Object.fromEntries(
    Object.entries(recordKeys).map(([field, key]) => [key, record[field as keyof DeployRecord] ?? ""]),
  );
}

/** @param disk id of the request that made the disk @param now ISO 8601, for an Ironic that does not say when */
export function recordOf(node: IronicNode, disk: string, now: string): DeployRecord {
  const { image_source, image_checksum, image_os_hash_value, image_disk_format } = node.instance_info;
  const image = storable(image_source);
  const checksum = storable(image_os_hash_value ?? image_checksum);
  const format = storable(image_disk_format);
  return {
    at: node.provision_updated_at ?? now,
    disk,
    ...(image && { image }),
    ...(checksum && { checksum }),
    ...(format && { format }),
  };
}

/** Whether the record says the same of what is deployed. An adoption is later than the deployment, so time is no part of it. */
export function isSame(a: DeployRecord | undefined, b: DeployRecord): boolean {
  const rest = ({ at: _, ...what }: DeployRecord) => JSON.stringify(recordMetadata({ ...what, at: "" }));
  return a !== undefined && rest(a) === rest(b);
}

/** What Ironic is told of a node that it adopts. */
export function instanceInfoOf({ image, checksum, format }: DeployRecord): Record<string, string> {
  const isUrl = checksum !== undefined && /^https?:/.test(checksum);
  return {
    // Said, so that Ironic does not ask the image's server, which may be gone.
    image_type: "whole-disk",
    ...(image && { image_source: image }),
    ...(format && { image_disk_format: format }),
    ...(checksum &&
      (isUrl
        ? { image_checksum: checksum }
        : { image_os_hash_algo: "sha256", image_os_hash_value: checksum })),
  };
}

/** Of a URL without what may be a secret; undefined for what is no text, is masked or does not fit. */
function storable(value: unknown): string | undefined {
  if (typeof value !== "string" || value === "******") return undefined;
  let text = value;
  if (/^\w+:\/\//.test(value)) {
    if (!URL.canParse(value)) return undefined;
    const url = new URL(value);
    Object.assign(url, { username: "", password: "", search: "", hash: "" });
    text = url.href;
  }
  return text.length <= mostCharacters ? text : undefined;
}
