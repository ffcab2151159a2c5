/** Rows with aligned columns for a terminal, heads in capitals. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head.map((text) => text.toUpperCase()), ...rows].map((row) => row.map(printable));
  return columns(cells)
    .map((line) => `${line}\n`)
    .join("");
}

/**
 * A line a row, its cells below each other.
 * @param least widths of columns that are not to be narrower, whatever is in them
 */
export function columns(rows: readonly (readonly string[])[], least: readonly number[] = []): string[] {
  const width = (column: number) =>
    Math.max(least[column] ?? 0, ...rows.map((row) => row[column]?.length ?? 0));
  const widths = rows[0]?.map((_, column) => width(column)) ?? [];
  const line = (row: readonly string[]) => row.map((text, column) => text.padEnd(widths[column]!)).join("  ");
  return rows.map((row) => line(row).trimEnd());
}

/** Names on a cloud may hold anything; on a terminal a control character is a command. */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, "?");
}
