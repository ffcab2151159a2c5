/** Rows with aligned columns for a terminal, heads in capitals. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head.map((text) => text.toUpperCase()), ...rows].map((row) => row.map(printable));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells
    .map(
      (row) =>
        `${row
          .map((text, i) => text.padEnd(widths[i]!))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

/** Names on a cloud may hold anything; on a terminal a control character is a command. */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, "?");
}
