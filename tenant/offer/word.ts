import { existingName } from "../../plan/lab/schema/values";
import { picked } from "../fit/pick";

interface Named {
  readonly id: string;
  readonly name: string | null;
}

/** What the configuration calls one of these: by its name where that means it alone, else by its id. */
export function wordFor(all: readonly Named[], one: Named): string {
  const { id, name } = one;
  if (name === null || !existingName.safeParse(name).success) return id;
  // Pulumi reads a value of brackets as JSON, and a control character is no name for a file that people edit.
  if (/^\s*[[{]|[\p{C}\p{Zl}\p{Zp}]/u.test(name)) return id;
  const meant = picked(all, name);
  return meant.length === 1 && meant[0]!.id === id ? name : id;
}
