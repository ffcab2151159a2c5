/** What is wrong with a configuration, and the way out. */
export interface Problem {
  readonly path: Path;
  readonly message: string;
}

/** Of a key: ["nodes", 0, "vips"]. */
export type Path = readonly PropertyKey[];
/** How a check says that something is wrong. */
export type Note = (path: Path, message: string) => void;
