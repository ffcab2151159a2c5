import { ranges } from "../plan/review/planTables";
import { alike } from "./changes";
import type { Card, Cell, Fact, Section } from "./picture";

/** Beside each other they are as wide as a screen. */
const mostCards = 4;

export interface SeenNode {
  readonly card: Card;
  readonly group: string;
}

/**
 * A card a node while there is room for them; else those of a group, or of several with the same networks, are one rack:
 * what they have in common is told once, and each has a cell with what is its own.
 */
export function cardsOfNodes(nodes: readonly SeenNode[]): Card[] {
  if (nodes.length <= mostCards) return nodes.map(({ card }) => card);
  const byGroup = gather(nodes, ({ card, group }) => JSON.stringify([group, railsOf(card)]));
  const racks =
    byGroup.length <= mostCards ? byGroup : gather(nodes, ({ card }) => JSON.stringify(railsOf(card)));
  return racks.map((members) =>
    members.length === 1 ? members[0]!.card : rack(members.map(({ card }) => card)),
  );
}

function gather(nodes: readonly SeenNode[], keyOf: (node: SeenNode) => string): SeenNode[][] {
  const groups = new Map<string, SeenNode[]>();
  for (const node of nodes) groups.set(keyOf(node), [...(groups.get(keyOf(node)) ?? []), node]);
  return [...groups.values()];
}

function railsOf({ sections }: Card): string[] {
  return sections.flatMap(({ rail }) => rail ?? []);
}

function rack(members: readonly Card[]): Card {
  // What goes stands where it stood.
  const cards = [...members].sort((a, b) => a.title.localeCompare(b.title, "en", { numeric: true }));
  const first = cards[0]!;
  const inAll = (i: number, wanted: Fact) =>
    cards.every(({ sections }) =>
      sections[i]!.facts.some((fact) => JSON.stringify(fact) === JSON.stringify(wanted)),
    );
  const common = first.sections.map(({ facts }, i) => facts.filter((fact) => inAll(i, fact)));
  const isCommon = (i: number, fact: Fact) =>
    common[i]!.some((one) => JSON.stringify(one) === JSON.stringify(fact));
  const mark = alike(cards.map((card) => card.mark));
  return {
    id: `rack-${first.id}`,
    kind: "rack",
    title: ranges(cards.map(({ title }) => title)),
    subtitle: `${cards.length} baremetal nodes`,
    sections: first.sections.map((section, i): Section => {
      const mark = alike(cards.map(({ sections }) => sections[i]!.mark));
      return { title: section.title, rail: section.rail, facts: common[i]!, ...(mark && { mark }) };
    }),
    cells: cards.map(
      ({ id, title, sections, mark }): Cell => ({
        id,
        title,
        sections: sections.map((section, i) => ({
          ...section,
          facts: section.facts.filter((fact) => !isCommon(i, fact)),
        })),
        ...(mark && { mark }),
      }),
    ),
    ...(mark && { mark }),
  };
}
