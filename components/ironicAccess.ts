import { createHash, scryptSync } from "node:crypto";
import {
  all,
  type Input,
  interpolate,
  type Output,
  output,
  type Resource,
  Stash,
  secret,
  unsecret,
} from "@pulumi/pulumi";
import { compressedUserData } from "../plan/guest/compressed";
import { ironicSecrets, noSecrets, pinOf } from "../plan/guest/ironic/secrets";
import { type IronicSettings, ironicSettings, withoutSettings } from "../plan/guest/ironic/settings";
import { ironicUserData } from "../plan/guest/ironic/userData";
import { type LabKey, withLabKey } from "../plan/lab/labKey";
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
  /** What the running undercloud is to be told, by `npx ovb up` or `enroll`. A secret: a URL may hold a password. */
  settings: Output<IronicSettings>;
}

/** The user data of an undercloud with Ironic. */
export interface IronicUserData {
  /** A secret. */
  readonly text: Output<string>;
  /** Digests of all of it that no running undercloud can be told. */
  readonly fixed: Output<string>;
}

/** @param key the lab's; absent in a lab without a secret for one to follow from. No part of what replaces the VM */
export function ironicUserDataOf(
  plan: LabPlan,
  password: Input<string>,
  key?: Output<LabKey>,
): IronicUserData {
  const withoutSecrets = ironicUserData(withoutSettings(plan), noSecrets);
  const digest = createHash("sha256").update(withoutSecrets).digest("hex");
  return {
    text: all([secret(password), withKey(plan, key)]).apply(([text, keyed]) =>
      compressedUserData(ironicUserData(keyed, ironicSecrets(text))),
    ),
    // No secret: `pulumi preview --json` panics at a trigger that is one (3.246). Slow to guess, as a user's password may be short.
    fixed: unsecret(
      output(password).apply((text) => `${digest} ${scryptSync(text, plan.name, 32).toString("base64")}`),
    ),
  };
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
      // Not the server's own ignoreChanges and trigger: one of before, which has no trigger, would stay for ever, and where a port is
      // replaced Pulumi has deleted the server before it looks at a trigger, and goes on with the inputs that it has
      // (ContinueStepsFromDiff in step_generator.go, 3.246).
      replacementTrigger: all([fixed, ...replacing]).apply((values) => values.join(" ")),
      additionalSecretOutputs: ["input", "output"],
    },
  );
  return secret(stash.output as Output<string>);
}

/** @param address of the undercloud, from outside. @throws Error for a plan without Ironic. */
export function ironicOutput(
  plan: LabPlan,
  password: Input<string>,
  key: Output<LabKey> | undefined,
  address: Output<string>,
): IronicOutput {
  const ironic = plan.undercloud!.ironic!;
  const { username, tlsPort } = ironic;
  return {
    url: interpolate`https://${address}:${tlsPort}`,
    username,
    password: secret(password),
    pin: secret(password).apply((text) => pinOf(ironicSecrets(text).tlsKey)),
    settings: secret(withKey(plan, key).apply(({ undercloud }) => ironicSettings(undercloud!))),
  };
}

/** The plan with the lab's key where it is given; of the key only the public half. */
function withKey(plan: LabPlan, key: Output<LabKey> | undefined): Output<LabPlan> {
  return key ? key.apply(({ publicKey }) => withLabKey(plan, publicKey)) : output(plan);
}
