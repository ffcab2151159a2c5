/** What is wrong with a configuration, and the way out. */
export interface Problem {
  readonly path: Path;
  readonly message: string;
}

/** Of a key: ["nodes", 0, "vips"]. */
export type Path = readonly PropertyKey[];
/** How a check says that something is wrong. */
export type Note = (path: Path, message: string) => void;

/** ["nodes", 0, "count"] as one would write it for `pulumi config set --path`: ovb:nodes[0].count. */
export function keyOf(path: Path): string {
  const parts = path.map((part, i) =>
    typeof part === "number" ? `[${part}]` : i === 0 ? String(part) : `.${String(part)}`,
  );
  return `ovb:${parts.join("")}`;
}
