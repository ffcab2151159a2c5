import { gzipSync } from "node:zlib";

/** Nova's limit (nova/api/openstack/compute/schemas/servers.py), which is on the base64 text. */
export const mostUserDataCharacters = 65535;

/**
 * User data as Nova takes it: base64 of gzip, which cloud-init unpacks. Node's zlib decides the bytes: only of the text before
 * may it follow whether a VM is another.
 */
export function compressedUserData(text: string): string {
  const compressed = gzipSync(text, { level: 9 });
  compressed[9] = 255; // the operating system: "unknown" (RFC 1952), whoever compresses
  return compressed.toString("base64");
}
