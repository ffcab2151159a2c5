import type { LabPlan } from "../../plan/lab/labPlan";
import { diffTables } from "../../plan/review/diffTables";
import { warnings } from "../../plan/review/diffWarnings";
import type { Comparison } from "../../plan/review/planDiff";
import { type Limits, type PlanTable, planTables } from "../../plan/review/planTables";
import type { Picture } from "../picture";
import { pictureId } from "../svg";
import { escapeXml, idOf } from "../xml";

export interface PageTables {
  readonly html: string;
  /** Where a thing of the picture leads to: its row, or else the table that tells of it. */
  readonly targetOf: (id: string) => string;
}

/** The tables of `ovb plan`, and before them what a change does. A row of a server or network leads to it in the picture. */
export function pageTables(
  plan: LabPlan,
  limits: Limits,
  picture: Picture,
  comparison?: Comparison,
): PageTables {
  const inPicture = thingsByRow(picture);
  const tables = planTables(plan, limits);
  const changes = comparison ? diffTables(plan, comparison.diff) : [];
  const rowIds = new Map<string, string>();
  const parts = tables.map((table) =>
    section(table, (row) => {
      const thing = inPicture.get(rowKey(table.title, row[0]!));
      if (!thing) return {};
      const id = idOf("row", table.title, row[0]!);
      rowIds.set(thing, id);
      return { id, thing };
    }),
  );
  const first = changes[0] ?? tables[0]!;
  return {
    html: [
      ...(comparison ? [warningBox(comparison, plan)] : []),
      ...changes.map((table) => section(table, () => ({}))),
      ...parts,
    ].join(""),
    targetOf: (id) => rowIds.get(id) ?? tableId(first.title),
  };
}

function tableId(title: string): string {
  return idOf("table", title);
}

function rowKey(title: string, first: string): string {
  // "access: NAME" is a network that exists already.
  return title === "Networks" ? `Networks ${first.split(":")[0]}` : `${title} ${first}`;
}

/** By table and first cell, the ids of rails, cards and cells. */
function thingsByRow({ rails, cards }: Picture): ReadonlyMap<string, string> {
  const servers = cards.flatMap<{ id: string; title: string }>(({ id, title, cells, kind }) =>
    kind === "rack" ? cells : [{ id, title }],
  );
  return new Map([
    ...rails
      .filter(({ kind }) => kind !== "public" && kind !== "bmc")
      .map(({ id, title }) => [`Networks ${title}`, id] as const),
    ...servers.map(({ id, title }) => [`Servers ${title}`, id] as const),
  ]);
}

type Anchor = { readonly id?: string; readonly thing?: string };

function section(
  { title, note, head, rows }: Omit<PlanTable, "cuttable" | "note"> & { note?: string },
  anchorOf: (row: readonly string[]) => Anchor,
): string {
  const id = tableId(title);
  const lines = rows.map((row) => {
    const { id: rowId, thing } = anchorOf(row);
    const [first = "", ...rest] = row;
    const name = thing
      ? `<a class="back" href="#${pictureId(thing)}">${escapeXml(first)}</a>`
      : escapeXml(first);
    return `<tr${rowId ? ` id="${rowId}" tabindex="-1"` : ""}><th scope="row">${name}</th>${rest.map(cell).join("")}</tr>\n`;
  });
  return `<section aria-labelledby="${id}">
<h2 id="${id}" tabindex="-1">${plainText(title)}</h2>
${note ? `<p>${escapeXml(note)}</p>\n` : ""}<div class="wide" role="group" aria-labelledby="${id}" tabindex="0"><table aria-labelledby="${id}">
<thead><tr>${head.map((text) => `<th scope="col">${text ? escapeXml(text) : "Action"}</th>`).join("")}</tr></thead>
<tbody>
${lines.join("")}</tbody></table></div>
</section>
`;
}

/** Addresses, MACs, CIDRs and URLs. */
const isCode = /^(\d+\.\d+\.\d+\.\d+\S*|([0-9a-f]{2}:){5}[0-9a-f]{2}|https?:\S+)$/;

function cell(text: string): string {
  return isCode.test(text) ? `<td class="code">${escapeXml(text)}</td>` : `<td>${escapeXml(text)}</td>`;
}

function warningBox({ before, diff }: Comparison, plan: LabPlan): string {
  const lines = warnings(before, plan, diff);
  if (lines.length === 0) return "";
  const items = lines.map(
    ({ who, what }) => `<li><strong>${escapeXml(who)}</strong>: ${plainText(what)}</li>`,
  );
  return `<section class="warning" aria-label="Warning"><ul>${items.join("\n")}</ul></section>\n`;
}

/** Text of a Markdown view: what is in backticks is a command. */
function plainText(markdown: string): string {
  return escapeXml(markdown).replace(/`([^`]*)`/g, "<code>$1</code>");
}
