import { openStack } from "./environment";

/** `ovb pulumi -- ARGS`: Pulumi itself, with the tools, backend and configuration of the other commands. */
export async function pulumi(
  { stack: name }: { readonly stack: string },
  args: readonly string[],
): Promise<number> {
  const stack = await openStack(name);
  await stack.prepare();
  await stack.pulumi(args, { output: "pass" });
  return 0;
}
