import { interruptible } from "../../process/interrupt";
import { printable } from "../command/table";
import type { Question } from "./questions";

const nothingWritten = "No file was written.";

/** Asks on the terminal; the questions go to stderr, as all that is no result. @throws Interrupted on Ctrl-C, Ctrl-D and TERM */
export function ask({ message, options, initial, validate }: Question): Promise<string> {
  return interruptible(nothingWritten, async (signal) => {
    // Here only: --yes and every other command do without.
    const { isCancel, select, text } = await import("@clack/prompts");
    const left = new AbortController();
    const leave = () => left.abort(new Error(nothingWritten));
    const onKey = (_: string, { ctrl, name }: { ctrl?: boolean; name?: string } = {}) => {
      if (ctrl && name === "d") leave();
    };
    process.stdin.on("end", leave).on("keypress", onKey);
    const end = AbortSignal.any([signal, left.signal]);
    // A serial console knows no size, and every letter would have a line of its own.
    process.stderr.columns ||= 80;
    process.stderr.rows ||= 24;
    const common = { message: printable(message), signal: end, output: process.stderr };
    try {
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
      if (!end.aborted) process.emit("SIGINT"); // on a terminal Ctrl-C is a key, and the prompt's to see
      throw end.aborted ? end.reason : new Error(nothingWritten);
    } finally {
      process.stdin.off("end", leave).off("keypress", onKey);
    }
  });
}
