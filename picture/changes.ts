import { type Mark, whole } from "../plan/review/marks";
import type { Fact, Section } from "./picture";

/** Of several: what all of them have. */
export function alike(marks: readonly (Mark | undefined)[]): Mark | undefined {
  return marks.every((mark) => mark === marks[0]) ? marks[0] : undefined;
}

/** Of several at one place: what all of them have, or else that there is a change. */
export function together(marks: readonly (Mark | undefined)[]): Mark | undefined {
  return whole(alike(marks), marks);
}

/** Facts before and after as one list, in the order of after, with what is gone behind. */
export function mergeFacts(
  before: readonly Fact[] | undefined,
  after: readonly Fact[] | undefined,
): readonly Fact[] {
  if (!before || !after) return after ?? before ?? [];
  const old = new Map(before.map((fact) => [fact.slot, fact]));
  const slots = new Set(after.map(({ slot }) => slot));
  return [
    ...after.map((fact): Fact => {
      const was = old.get(fact.slot);
      if (!was) return { ...fact, mark: "created" };
      return was.text === fact.text ? fact : { ...fact, was: was.text, mark: "changed" };
    }),
    ...before.filter(({ slot }) => !slots.has(slot)).map((fact): Fact => ({ ...fact, mark: "deleted" })),
  ];
}

/** Sections of one rail are the same one before and after; so are those of the machine. */
export function mergeSections(
  before: readonly Section[] | undefined,
  after: readonly Section[] | undefined,
): Section[] {
  if (!before || !after) return [...(after ?? before ?? [])];
  const taken = new Set<Section>();
  const same = (section: Section) => {
    const found = before.find((old) => old.rail === section.rail && !taken.has(old));
    if (found) taken.add(found);
    return found;
  };
  return [
    ...after.map((section): Section => {
      const was = same(section);
      return was
        ? { ...section, facts: mergeFacts(was.facts, section.facts) }
        : { ...section, mark: "created" };
    }),
    ...before.filter((old) => !taken.has(old)).map((old): Section => ({ ...old, mark: "deleted" })),
  ];
}
