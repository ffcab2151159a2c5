/** Rows under their heads, each column as wide as its longest cell. Without a line break at the end. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head.map((text) => text.toUpperCase()), ...rows].map((row) => row.map(printable));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Names on a cloud may hold anything; on a terminal a control character is a command. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, "?");
}
