import { createHmac, createPrivateKey, createPublicKey } from "node:crypto";
import type { LabPlan } from "./labPlan";

/** The SSH key of a lab. */
export interface LabKey {
  /** A line of authorized_keys, with the lab's name as its comment. */
  readonly publicKey: string;
  /** As `ssh -i` reads it. */
  readonly privateKey: string;
}

/** PKCS #8 of an Ed25519 key is these bytes and a seed of 32 (RFC 8410, 7). */
const pkcs8Ed25519 = Buffer.from("302e020100300506032b657004220420", "hex");
const type = "ssh-ed25519";

/** The lab's key follows from its secret, as its passwords do: nothing more is to be kept, and it is the same each time. */
export function labKey(labSecret: string, lab: string): LabKey {
  const seed = createHmac("sha256", labSecret).update("ovb ssh").digest();
  const pkcs8 = createPrivateKey({
    key: Buffer.concat([pkcs8Ed25519, seed]),
    format: "der",
    type: "pkcs8",
  });
  // The last 32 bytes of a SubjectPublicKeyInfo are the point.
  const point = createPublicKey(pkcs8).export({ format: "der", type: "spki" }).subarray(-32);
  const blob = Buffer.concat([text(type), text(point)]);
  const comment = `ovb lab ${lab}`;
  return {
    publicKey: `${type} ${blob.toString("base64")} ${comment}`,
    privateKey: opensshKey({ seed, point, blob, comment }),
  };
}

/**
 * OpenSSH's own format, unencrypted (PROTOCOL.key of its source): before 9.6 `ssh` reads no Ed25519 key in PKCS #8.
 */
function opensshKey({
  seed,
  point,
  blob,
  comment,
}: Readonly<Record<"seed" | "point" | "blob", Buffer> & { comment: string }>): string {
  // Twice the same number shows that it was decrypted with the right passphrase; there is none.
  const check = createHmac("sha256", seed).update("ovb ssh check").digest().subarray(0, 4);
  const keys = Buffer.concat([
    ...[check, check, text(type), text(point)],
    ...[text(Buffer.concat([seed, point])), text(comment)],
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (keys.length % 8)) % 8 }, (_, i) => i + 1));
  const all = Buffer.concat([
    ...[Buffer.from("openssh-key-v1\0"), text("none"), text("none"), text("")],
    ...[Buffer.from([0, 0, 0, 1]), text(blob), text(Buffer.concat([keys, padding]))],
  ]);
  const lines = all.toString("base64").match(/.{1,70}/g) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join(
    "\n",
  );
}

/** A string of SSH: its length in four bytes, and it (RFC 4251, 5). */
function text(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/**
 * Which servers are given the lab's key. A lab without a BMC has no secret for a key to follow from. An undercloud of
 * another kind than `ironic` could learn it from its user data alone, and other user data replaces the VM with what was
 * installed there: it has the user's keys only.
 */
export function takesLabKey({ undercloud, bmc }: Pick<LabPlan, "undercloud" | "bmc">): {
  readonly undercloud: boolean;
  readonly bmc: boolean;
} {
  return { undercloud: bmc !== undefined && undercloud?.ironic !== undefined, bmc: bmc !== undefined };
}

/** The plan with the lab's key among the authorized ones of each server that takes it. */
export function withLabKey(plan: LabPlan, publicKey: string): LabPlan {
  const takes = takesLabKey(plan);
  const { undercloud, bmc } = plan;
  return {
    ...plan,
    ...(undercloud &&
      takes.undercloud && {
        undercloud: { ...undercloud, authorizedKeys: [...undercloud.authorizedKeys, publicKey] },
      }),
    ...(bmc && takes.bmc && { bmc: { ...bmc, authorizedKeys: [...bmc.authorizedKeys, publicKey] } }),
  };
}
