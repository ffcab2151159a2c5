import type { Claim } from "../../tenant/claim";
import type { LabStack } from "./labStack";
import { type StateResource, stateLabs } from "./stateFile";

/** What a stack's state says that there is. */
export interface StackState {
  /** Names of its labs: none, or one. */
  readonly labs: readonly string[];
  /** What it proves of each of them. */
  readonly claims: readonly Claim[];
  /** What it made on the cloud, without what it only read. */
  readonly made: readonly StateResource[];
}

/** Reads the stack's state, without a secret in it. */
export async function stackState(stack: LabStack): Promise<StackState> {
  const state = JSON.parse(await stack.pulumi(["stack", "export"], { output: "capture" }));
  const { labs, claims } = stateLabs(state);
  const resources: readonly StateResource[] = state.deployment?.resources ?? [];
  return {
    labs,
    claims,
    made: resources.filter(({ id, type, external }) => id && !external && type.startsWith("openstack:")),
  };
}
