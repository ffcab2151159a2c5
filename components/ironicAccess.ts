import { type Input, interpolate, type Output, output, secret } from "@pulumi/pulumi";
import { ironicSecrets, pinOf } from "../plan/guest/ironic/secrets";
import type { LabPlan } from "../plan/lab/labPlan";

/** How to talk to a lab's Ironic; `npx ovb enroll` reads it from the stack's outputs. */
export interface IronicOutput {
  /** By TLS, at the floating IP where the undercloud has one. */
  url: Output<string>;
  username: string;
  /** A secret. */
  password: Output<string>;
  /** SHA-256 of the certificate's public key, base64: curl --pinnedpubkey sha256//PIN. */
  pin: Output<string>;
}

/** @throws Error for a plan without Ironic. */
export function ironicOutput(
  plan: LabPlan,
  password: Input<string>,
  floatingIp: Output<string> | undefined,
): IronicOutput {
  const { username, tlsPort } = plan.undercloud!.ironic!;
  return {
    url: interpolate`https://${floatingIp ?? output(plan.ctlplane.server)}:${tlsPort}`,
    username,
    password: secret(password),
    pin: secret(password).apply((text) => pinOf(ironicSecrets(text).tlsKey)),
  };
}
