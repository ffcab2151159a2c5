import type { LabServer } from "../stack/labServers";
import type { IronicOutputs, LabIronicOptions } from "./labIronic";
import type { IronicNode } from "./node";
import { reachIronic } from "./reachIronic";
import { readRecord } from "./record";

/** States in which Ironic holds nothing on a node, and does nothing with it. */
const idle = /^(enroll|manageable|available|inspect failed)$/;

/**
 * Has the lab's Ironic take nodes back before their disks are made anew behind its back.
 * @throws Error when it cannot be asked, and some of them were deployed by what was written down; with every node that
 * Ironic does not take back
 */
export async function takeBack(
  stack: { readonly exists: boolean; outputs<T>(): Promise<T> },
  nodes: readonly LabServer[],
  options: LabIronicOptions,
): Promise<void> {
  const ironic = stack.exists
    ? await stack.outputs<IronicOutputs>().then(
        (outputs) => reachIronic(outputs, options),
        (error: Error) => error.message,
      )
    : "the stack's state is not here";
  if (ironic === undefined) return;
  if (typeof ironic === "string") {
    options.signal?.throwIfAborted();
    const deployed = nodes.filter(({ server }) => readRecord(server.metadata)).map(({ key }) => key);
    if (deployed.length > 0)
      throw new Error(
        `Nothing was rebuilt: Ironic has deployed ${deployed.join(", ")}, and cannot be asked to take back what it holds: ` +
          `${ironic}. With --no-ironic they are rebuilt all the same; npx ovb undeploy tells Ironic later.`,
      );
    options.report(`Ironic could not be asked whether it holds these nodes: ${ironic}`);
    return;
  }
  const names = new Set(nodes.map(({ plan }) => plan.name));
  const held = (await ironic.look()).filter(
    (node: IronicNode) => names.has(node.name ?? "") && !idle.test(node.provision_state),
  );
  if (held.length === 0) return;
  options.report(
    `taking back in Ironic: ${held.map(({ name, provision_state: state }) => `${name} (${state})`).join(", ")}`,
  );
  await ironic.undeploy(held.map(({ name }) => name!));
}
