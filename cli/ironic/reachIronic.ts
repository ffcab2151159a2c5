import { listServers } from "../../openstack/nova";
import { labTag } from "../../plan/lab/tags";
import type { Claim } from "../../tenant/claim";
import { IronicClient } from "./client";
import { endpointOf, type IronicOutputs, LabIronic, type LabIronicOptions } from "./labIronic";

/** How long an Ironic that ought to be up already is waited for, milliseconds. */
const reachMs = 15_000;

/**
 * A lab's Ironic where it answers now.
 * @returns undefined where the stack has none; a text that says why where it cannot be asked
 */
export async function reachIronic(
  outputs: IronicOutputs,
  options: LabIronicOptions,
): Promise<LabIronic | string | undefined> {
  if (!outputs.ironic || !outputs.inventory) return undefined;
  const limit = AbortSignal.timeout(reachMs);
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
  const endpoint = endpointOf(outputs.ironic, options);
  try {
    await new IronicClient(endpoint, { signal }).ready(0, () => {});
  } catch (error) {
    options.signal?.throwIfAborted();
    return limit.aborted
      ? `${endpoint.url} does not answer within ${reachMs / 1000} s`
      : (error as Error).message;
  }
  return LabIronic.open(outputs, options);
}

/**
 * Before Pulumi may replace the undercloud: what its Ironic has deployed, by whichever client, is written down. As far as
 * it can be asked.
 */
export async function rememberBefore(
  stack: { outputs<T>(): Promise<T> },
  options: Omit<LabIronicOptions, "claim"> & { readonly claim?: Claim },
): Promise<void> {
  const { session, claim, report } = options;
  if (!claim) return; // nothing was made yet
  const outputs = await stack.outputs<IronicOutputs>();
  if (!outputs.ironic || !outputs.inventory) return;
  const { lab, undercloud } = outputs.inventory;
  if ((await listServers(session, { name: undercloud.name, tags: [labTag(lab)] })).length === 0) return;
  const unknown = (why: string) =>
    report(
      `Ironic could not be asked what it has deployed: ${why}. Known is what npx ovb has seen it deploy before.`,
    );
  const ironic = await reachIronic(outputs, { ...options, claim });
  if (typeof ironic === "string") unknown(ironic);
  else await ironic?.look().catch((error: Error) => unknown(error.message));
}

/**
 * Hands settings over where nothing else is to be done with Ironic. Where it does not answer, the lab is up all the same, and
 * the report says how to go on.
 */
export async function handOverIfReached(outputs: IronicOutputs, options: LabIronicOptions): Promise<void> {
  const ironic = await reachIronic(outputs, options);
  if (typeof ironic === "string")
    options.report(
      `the undercloud could not be asked whether its SSH keys, IPA and Ironic's settings are the configuration's: ${ironic}. ` +
        "One that was made just now has them; another is told by the next `npx ovb up`, or by `npx ovb enroll --url URL`",
    );
  else await ironic?.handOver();
}
