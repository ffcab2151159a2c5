/** A key of the configuration, ["nodes", 0, "flavor"], and what it is to be; undefined: left out. */
export interface Setting {
  readonly path: readonly PropertyKey[];
  readonly value: unknown;
}
