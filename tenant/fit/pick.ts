/** Of things of one kind those that a configuration's word means: the one with that id, else all of that name. */
export function picked<T extends { readonly id: string; readonly name: string | null }>(
  all: readonly T[],
  nameOrId: string,
): T[] {
  const byId = all.find(({ id }) => id === nameOrId);
  return byId ? [byId] : all.filter(({ name }) => name === nameOrId);
}

/** The one that it means; undefined where there is none or several, which references.ts says. */
export function pick<T extends { readonly id: string; readonly name: string | null }>(
  all: readonly T[],
  nameOrId: string,
): T | undefined {
  const found = picked(all, nameOrId);
  return found.length === 1 ? found[0] : undefined;
}
