import { createHash, createHmac, createPrivateKey, createPublicKey } from "node:crypto";

export interface IronicSecrets {
  /** Of the API's one user. */
  readonly password: string;
  /** PEM of the Ed25519 key by which the API's TLS is known. */
  readonly tlsKey: string;
}

/** As long as real ones: for what can be said of user data without them. */
export const noSecrets: IronicSecrets = { password: "".padEnd(72, "-"), tlsKey: "".padEnd(119, "-") };

/** PKCS #8 of an Ed25519 key is these bytes and a seed of 32 (RFC 8410, 7). */
const pkcs8Ed25519 = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * What only the lab's owner and the undercloud know. The key follows from the password, so that who has the password
 * knows whom to talk to without an authority that signs certificates.
 */
export function ironicSecrets(password: string): IronicSecrets {
  const seed = createHmac("sha256", password).update("ovb ironic tls").digest();
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Ed25519, seed]), format: "der", type: "pkcs8" });
  return { password, tlsKey: key.export({ format: "pem", type: "pkcs8" }).toString() };
}

/** SHA-256 of the public key (SubjectPublicKeyInfo) in base64, as curl's --pinnedpubkey and HPKP have it. */
export function pinOf(tlsKey: string): string {
  const spki = createPublicKey(tlsKey).export({ format: "der", type: "spki" });
  return createHash("sha256").update(spki).digest("base64");
}
