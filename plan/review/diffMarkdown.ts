import type { LabPlan } from "../lab/labPlan";
import { kinds } from "../lab/totals";
import { diffWarnings } from "./diffWarnings";
import type { PlanDiff, ResourceChange } from "./planDiff";
import { escapeMarkdown, markdownTable } from "./planMarkdown";
import { ranges } from "./planTables";

/** What a pull request does to a lab, in GitHub's Markdown. @param before undefined: the lab is new */
export function diffMarkdown(before: LabPlan | undefined, after: LabPlan, diff: PlanDiff): string {
  const parts = [
    `### ${escapeMarkdown(headline(before, after, diff))}`,
    diffWarnings(before, after, diff),
    nodes(diff),
    replacements(after, diff),
    updates(after, diff),
    handedOver(after, diff),
    comings(after, diff),
    ignored(after, diff),
    totals(diff),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function headline(
  before: LabPlan | undefined,
  { name }: LabPlan,
  { changes, handedOver: told }: PlanDiff,
): string {
  if (!before) return `Lab ${name}: new, ${changes.length} resources`;
  if (changes.length === 0 && told.length === 0) return `Lab ${name}: nothing changes`;
  const count = (action: ResourceChange["action"]) =>
    changes.filter((change) => change.action === action).length;
  const parts = [
    `${count("create")} created`,
    `${count("update")} changed in place`,
    `${new Set(told.map((one) => one.name)).size} told while it runs`,
    `${count("replace")} replaced`,
    `${count("delete")} deleted`,
  ].filter((text) => !text.startsWith("0 "));
  const renamed =
    before.name === name ? "" : ` (was ${before.name}: every name and address of it is another lab's)`;
  return `Lab ${name}${renamed}: ${parts.join(", ")}`;
}

function nodes({ nodesAdded, nodesRemoved }: PlanDiff): string {
  return [
    ...(nodesAdded.length > 0 ? [`**Nodes added**: ${escapeMarkdown(ranges(nodesAdded))}`] : []),
    ...(nodesRemoved.length > 0 ? [`**Nodes removed**: ${escapeMarkdown(ranges(nodesRemoved))}`] : []),
  ].join("  \n");
}

function replacements(plan: LabPlan, { changes }: PlanDiff): string {
  return fieldTable(
    plan,
    "Replaced",
    changes.filter(({ action }) => action === "replace"),
  );
}

function updates(plan: LabPlan, { changes }: PlanDiff): string {
  return fieldTable(
    plan,
    "Changed in place",
    changes.filter(({ action }) => action === "update"),
  );
}

/** No server is replaced for it: cli/ironic/settings.ts. */
function handedOver(plan: LabPlan, diff: PlanDiff): string {
  return fieldTable(
    plan,
    "Changed by `ovb up`, on the running undercloud",
    diff.handedOver.map(({ name, change }) => ({ type: "server", name, fields: [change] })),
  );
}

/** One row for all resources of a type that change alike. */
function fieldTable(
  plan: LabPlan,
  title: string,
  changes: readonly Pick<ResourceChange, "type" | "name" | "fields">[],
): string {
  const rows = new Map<string, { cells: readonly string[]; names: string[] }>();
  for (const { type, name, fields } of changes) {
    for (const { field, before = "none", after = "none", hidden, follows } of fields) {
      const from = hidden ? "not shown" : follows ? "" : before;
      const to = hidden ? "changed" : follows ? `a new ${follows}` : after;
      const cells = [type, field, from, to];
      const key = JSON.stringify(cells);
      rows.set(key, { cells, names: [...(rows.get(key)?.names ?? []), short(plan, name)] });
    }
  }
  const lines = [...rows.values()].map(({ cells: [type = "", ...rest], names }) => [
    type,
    ranges(names),
    ...rest,
  ]);
  return table(title, ["Type", "Name", "What", "Before", "After"], lines);
}

function comings(plan: LabPlan, { changes }: PlanDiff): string {
  const rows = (["create", "delete"] as const).flatMap((action) => {
    const some = changes.filter((change) => change.action === action);
    return [...new Set(some.map(({ type }) => type))].map((type) => {
      const names = some.filter((change) => change.type === type).map(({ name }) => short(plan, name));
      return [`${action}d`, type, ranges(names)];
    });
  });
  return table("Created and deleted", ["", "Type", "Name"], rows);
}

function ignored(plan: LabPlan, diff: PlanDiff): string {
  if (diff.ignored.length === 0) return "";
  const names = ranges(diff.ignored.map(({ name }) => short(plan, name)));
  return `Another ${escapeMarkdown(diff.ignored[0]!.field)} is for nodes to come: ${escapeMarkdown(names)} keep theirs.`;
}

function totals({ totals: sums }: PlanDiff): string {
  return table(
    "Quota",
    ["Resource", "Before", "After"],
    sums.map(({ kind, before, after }) => [kinds[kind], String(before), String(after)]),
  );
}

function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? "" : markdownTable({ title, note: "", head, rows });
}

function short({ name: lab }: LabPlan, name: string): string {
  return name.startsWith(`${lab}-`) ? name.slice(lab.length + 1) : name;
}
