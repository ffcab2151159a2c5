import { identity } from "@pulumi/openstack";
import { type Input, type Output, output, type Resource, Stash, secret } from "@pulumi/pulumi";
import { openstackPlugin } from "../openstack/plugin";
import { labSecretOf } from "../plan/lab/passwords";
import { labTag } from "../plan/lab/tags";
import type { LabOwner } from "./labOwner";

/** An application credential of the user's own. */
export interface GivenCredential {
  readonly id: Input<string>;
  readonly secret: Input<string>;
}

export interface AgentCredential {
  readonly id: Output<string>;
  readonly secret: Output<string>;
  /** What the lab's passwords are derived from: see `derivePassword`. */
  readonly labSecret: Output<string>;
}

export interface AgentCredentialArgs {
  lab: string;
  owner: LabOwner;
  given?: GivenCredential;
  /** What a credential made here is limited to; absent: whatever its owner may. */
  accessRules?: readonly { readonly service: string; readonly method: string; readonly path: string }[];
}

/**
 * The credential by which the BMC's agent asks the cloud: the user's own, or one that is made as a child of the parent.
 * Keystone makes the latter's secret, so that a lab has a random secret without a provider for random things.
 */
export function createAgentCredential(
  name: string,
  { lab, owner, given, accessRules }: AgentCredentialArgs,
  parent: Resource,
): AgentCredential {
  if (given) {
    const own = secret(given.secret);
    const first = own.apply((text) => labSecretOf(text, lab));
    return { id: output(given.id), secret: own, labSecret: keep(lab, first, parent) };
  }
  const credential = new identity.ApplicationCredential(
    name,
    {
      name,
      // It has no tags: `ovb sweep` knows it by this.
      description: owner.describe(
        [labTag(lab)],
        "What the BMC asks the cloud with; made and removed by Pulumi",
      ),
      unrestricted: false,
      accessRules: accessRules?.map(({ service, method, path }) => ({ service, method, path })),
    },
    {
      ...openstackPlugin,
      parent,
      // Names are unique to the user.
      deleteBeforeReplace: true,
      // Another would be another credential, and that another BMC: one made before there were marks keeps its own.
      ignoreChanges: ["description"],
      additionalSecretOutputs: ["secret"],
    },
  );
  const made = secret(credential.secret);
  return { id: credential.id, secret: made, labSecret: keep(lab, made, parent) };
}

/**
 * The lab's secret is that of its first credential, kept in the state: another credential (other access rules, a secret of
 * the user's that was renewed) is another BMC, and the passwords stay.
 */
function keep(lab: string, first: Output<string>, parent: Resource): Output<string> {
  const stash = new Stash(
    `${lab}-secret`,
    { input: first },
    { parent, ignoreChanges: ["input"], additionalSecretOutputs: ["input", "output"] },
  );
  return secret(stash.output as Output<string>);
}
