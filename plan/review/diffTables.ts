import type { LabPlan } from "../lab/labPlan";
import { kinds } from "../lab/totals";
import type { PlanDiff, ResourceChange } from "./planDiff";
import { type PlanTable, ranges } from "./planTables";

/** One line: how many resources a change makes, changes and takes away. @param before undefined: the lab is new */
export function diffHeadline(
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

/** What a change does, a subject a table, in reading order. A table without rows is left out. */
export function diffTables(after: LabPlan, diff: PlanDiff): Omit<PlanTable, "cuttable" | "note">[] {
  const changed = (action: ResourceChange["action"]) => diff.changes.filter((one) => one.action === action);
  const tables = [
    fieldTable(after, "Replaced", changed("replace")),
    fieldTable(after, "Changed in place", changed("update")),
    // No server is replaced for it: cli/ironic/settings.ts.
    fieldTable(
      after,
      "Changed by `ovb up`, on the running undercloud",
      diff.handedOver.map(({ name, change }) => ({ type: "server", name, fields: [change] })),
    ),
    comings(after, diff),
    {
      title: "Quota",
      head: ["Resource", "Before", "After"],
      rows: diff.totals.map(({ kind, before, after: now }) => [kinds[kind], String(before), String(now)]),
    },
  ];
  return tables.filter(({ rows }) => rows.length > 0);
}

/** One row for all resources of a type that change alike. */
function fieldTable(
  plan: LabPlan,
  title: string,
  changes: readonly Pick<ResourceChange, "type" | "name" | "fields">[],
) {
  const rows = new Map<string, { cells: readonly string[]; names: string[] }>();
  for (const { type, name, fields } of changes) {
    for (const { field, before = "none", after = "none", hidden, follows } of fields) {
      const from = hidden ? "not shown" : follows ? "" : before;
      const to = hidden ? "changed" : follows ? `a new ${follows}` : after;
      const cells = [type, field, from, to];
      const key = JSON.stringify(cells);
      rows.set(key, { cells, names: [...(rows.get(key)?.names ?? []), withoutLab(plan, name)] });
    }
  }
  const lines = [...rows.values()].map(({ cells: [type = "", ...rest], names }) => [
    type,
    ranges(names),
    ...rest,
  ]);
  return { title, head: ["Type", "Name", "What", "Before", "After"], rows: lines };
}

function comings(plan: LabPlan, { changes }: PlanDiff) {
  const rows = (["create", "delete"] as const).flatMap((action) => {
    const some = changes.filter((change) => change.action === action);
    return [...new Set(some.map(({ type }) => type))].map((type) => {
      const names = some.filter((change) => change.type === type).map(({ name }) => withoutLab(plan, name));
      return [`${action}d`, type, ranges(names)];
    });
  });
  return { title: "Created and deleted", head: ["", "Type", "Name"], rows };
}

/** A resource's name without the lab's. */
export function withoutLab({ name: lab }: Pick<LabPlan, "name">, name: string): string {
  return name.startsWith(`${lab}-`) ? name.slice(lab.length + 1) : name;
}
