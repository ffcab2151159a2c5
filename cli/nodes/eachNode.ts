import { Turns } from "../../agent/nova/turns";
import { ProblemsError } from "../../plan/problemsError";

export interface EachNode {
  /** How many at a time. */
  readonly parallel: number;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Does something to each node, some at a time, and says when each is done and after how many seconds.
 * @param act gives a word for what became of the node: "off"
 * @returns those words, in the order of the nodes
 * @throws Error naming every node where it failed, once the others are done; the signal's reason when aborted
 */
export async function eachNode<Node extends { readonly key: string }>(
  nodes: readonly Node[],
  { parallel, report, signal }: EachNode,
  act: (node: Node) => Promise<string>,
): Promise<string[]> {
  const turns = new Turns(parallel);
  let done = 0;
  const one = async (node: Node): Promise<string> => {
    signal.throwIfAborted();
    const began = performance.now();
    const result = await act(node);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    report(`${node.key}: ${result} (${++done} of ${nodes.length}, ${seconds} s)`);
    return result;
  };
  const results = await Promise.allSettled(nodes.map((node) => turns.take(() => one(node))));
  signal.throwIfAborted();
  const failures = results.flatMap((result, i) =>
    result.status === "rejected" ? [`${nodes[i]!.key}: ${(result.reason as Error).message}`] : [],
  );
  if (failures.length > 0) {
    const head = `${failures.length} of ${nodes.length} nodes failed, the others are done:`;
    throw new ProblemsError(head, failures);
  }
  return results.map((result) => (result as PromiseFulfilledResult<string>).value);
}
