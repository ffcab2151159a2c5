import { openStack, type StackChoice } from "./environment";

/** `ovb pulumi -- ARGS`: Pulumi itself, with the tools, backend and configuration of the other commands. */
export async function pulumi(choice: StackChoice, args: readonly string[]): Promise<number> {
  const stack = await openStack(choice);
  await stack.prepare();
  await stack.pulumi(args, { output: "pass" });
  return 0;
}
