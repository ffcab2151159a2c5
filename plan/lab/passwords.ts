import { createHmac } from "node:crypto";

/** What a password of the lab is for. */
export type Purpose = "bmc" | "ironic";

/**
 * A password of the lab, from the one secret that it has: the same for the same secret, and nobody who knows one learns
 * another. @returns 16 characters of base64url, 96 bits: IPMI 2.0 takes 20 bytes at most, clients of IPMI 1.5 send 16
 */
export function derivePassword(labSecret: string, purpose: Purpose): string {
  return createHmac("sha256", labSecret).update(`ovb ${purpose}`).digest("base64url").slice(0, 16);
}

/** The lab's secret where the user brought the credential, which several labs may share. */
export function labSecretOf(credentialSecret: string, lab: string): string {
  return createHmac("sha256", credentialSecret).update(`ovb lab ${lab}`).digest("base64url");
}
