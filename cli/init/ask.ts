import { interruptible } from "../../process/interrupt";
import { printable } from "../command/table";
import type { Question } from "./questions";

const nothingWritten = "No file was written.";

/** Asks on the terminal; the questions go to stderr, as all that is no result. @throws Interrupted on Ctrl-C, Ctrl-D and TERM */
export async function ask({ message, options, initial, validate }: Question): Promise<string> {
  // Here only: --yes and every other command do without.
  const { isCancel, select, text } = await import("@clack/prompts");
  return interruptible(nothingWritten, async (signal) => {
    const common = { message, signal, output: process.stderr };
    const answer = options
      ? await select({
          ...common,
          options: options.map(({ value, label, hint }) => ({
            ...{ value, label: printable(label), ...(hint && { hint: printable(hint) }) },
          })),
          initialValue: initial,
          maxItems: 12,
        })
      : await text({
          ...common,
          ...(initial !== "" && { initialValue: initial }),
          validate: (value) => validate?.(value ?? ""),
        });
    if (!isCancel(answer)) return answer;
    signal.throwIfAborted();
    process.emit("SIGINT"); // on a terminal Ctrl-C is a key, and the prompt's to see
    signal.throwIfAborted();
    throw new Error(nothingWritten);
  });
}
