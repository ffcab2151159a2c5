import { createHash } from "node:crypto";
import {
  all,
  type Input,
  interpolate,
  type Output,
  output,
  type Resource,
  Stash,
  secret,
} from "@pulumi/pulumi";
import type { LabPlan } from "../plan/labPlan";
import { ironicSecrets, pinOf } from "../plan/undercloud/ironic/secrets";
import { type IronicSettings, ironicSettings, withoutSettings } from "../plan/undercloud/ironic/settings";
import { ironicUserData } from "../plan/undercloud/ironic/userData";

/** How to talk to a lab's Ironic; `npx ovb enroll` reads it from the stack's outputs. */
export interface IronicOutput {
  /** By TLS, at the floating IP where the undercloud has one. */
  url: Output<string>;
  username: string;
  /** A secret. */
  password: Output<string>;
  /** SHA-256 of the certificate's public key, base64: curl --pinnedpubkey sha256//PIN. */
  pin: Output<string>;
  /** What the running undercloud is to be told, by `npx ovb up` or `enroll`. A secret: a URL may hold a password. */
  settings: Output<IronicSettings>;
}

/** The user data of an undercloud with Ironic, a secret. */
export interface IronicUserData {
  readonly text: Output<string>;
  /** SHA-256 of all of it that no running undercloud can be told. */
  readonly fixed: Output<string>;
}

export function ironicUserDataOf(plan: LabPlan, password: Input<string>): IronicUserData {
  const of = (lab: LabPlan) => secret(password).apply((text) => ironicUserData(lab, ironicSecrets(text)));
  const fixed = of(withoutSettings(plan)).apply((text) => createHash("sha256").update(text).digest("hex"));
  return { text: of(plan), fixed };
}

/**
 * The user data that the VM was made with, kept in the state: what can be changed while it runs replaces no VM. It is taken
 * anew with whatever else replaces the VM, so that a new one is never told what is past.
 * @param replacing what replaces the VM, beside its user data
 */
export function keepUserData(
  server: string,
  { text, fixed }: IronicUserData,
  replacing: readonly Input<string>[],
  parent: Resource,
): Output<string> {
  const stash = new Stash(
    `${server}-user-data`,
    { input: text },
    {
      parent,
      ignoreChanges: ["input"],
      // Not ignoreChanges and a trigger of the server's own: where a port of it is replaced, Pulumi deletes the server first,
      // and makes the new one of the old user data.
      replacementTrigger: all([fixed, ...replacing]).apply((values) => values.join(" ")),
      additionalSecretOutputs: ["input", "output"],
    },
  );
  return secret(stash.output as Output<string>);
}

/** @throws Error for a plan without Ironic. */
export function ironicOutput(
  plan: LabPlan,
  password: Input<string>,
  floatingIp: Output<string> | undefined,
): IronicOutput {
  const ironic = plan.undercloud!.ironic!;
  const { username, tlsPort } = ironic;
  return {
    url: interpolate`https://${floatingIp ?? output(plan.ctlplane.server)}:${tlsPort}`,
    username,
    password: secret(password),
    pin: secret(password).apply((text) => pinOf(ironicSecrets(text).tlsKey)),
    settings: secret(ironicSettings(ironic)),
  };
}
