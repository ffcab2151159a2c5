import { expect, it } from "vitest";
import { diffMarkdown } from "../../../../plan/review/diffMarkdown";
import { diffMermaid, planMermaid } from "../../../../plan/review/planMermaid";
import { change, changeOf, labOf, labs } from "../../../support/pictures";

it("a change's diagram says of each box what becomes of it, by word and by class", () => {
  const { after, comparison } = change;
  const chart = diffMermaid(comparison.before, after, comparison.diff);
  for (const line of [
    /^ {2}undercloud\["undercloud \(replaced\)<br>.*"\]:::replaced$/m,
    /^ {2}bmc\["BMC<br>.*"\]$/m,
    /^ {2}net_storage\(\["storage \(created\)<br>.*"\]\):::created$/m,
    /^ {2}node_node_0\["node-0 \(resized\)<br>.*"\]:::resized$/m,
    /^ {2}node_new_0\["new-0 \(created\)<br>.*"\]:::created$/m,
    /^ {2}gone_node_old_0\["old-0 \(deleted\)<br>.*"\]:::deleted$/m,
    /^ {2}ctlplane --- gone_node_old_0$/m,
    /^ {2}classDef deleted .*stroke-dasharray/m,
  ])
    expect(chart).toMatch(line);
  expect(diffMarkdown(comparison.before, after, comparison.diff)).toContain(`\`\`\`mermaid\n${chart}\`\`\``);
});

it("nodes of a large group that a change does not treat alike are in different boxes", () => {
  const { after, comparison } = changeOf(
    labOf({ nodes: [{ count: 10 }] }),
    labOf({ nodes: [{ count: 18, without: [3] }] }),
  );
  const chart = diffMermaid(comparison.before, after, comparison.diff);
  expect(chart).toMatch(/group_node\["node-0 to node-2, node-4 to node-9<br>.*"\]$/m);
  expect(chart).toMatch(/group_node_created\["node-10 to node-17 \(created\)<br>.*"\]:::created$/m);
  expect(chart).toMatch(/gone_node_node_3\["node-3 \(deleted\)<br>.*"\]:::deleted$/m);
});

it("where nothing changes the comment has no diagram, and the diagram no marks", () => {
  const { after, comparison } = changeOf(labs.two, labs.two);
  expect(diffMarkdown(comparison.before, after, comparison.diff)).not.toContain("mermaid");
  const chart = diffMermaid(comparison.before, after, comparison.diff);
  expect(chart.startsWith(planMermaid(after))).toBe(true);
});

it("of a lab with another name, all that was is gone and all that is is new", () => {
  const { after, comparison } = changeOf(labOf({ lab: "one" }), labOf({ lab: "two" }));
  const ids = [
    ...diffMermaid(comparison.before, after, comparison.diff).matchAll(/^ {2}(\w+)(?=[[({])/gm),
  ].map(([, id]) => id);
  expect(ids).toEqual([...new Set(ids)]);
  expect(ids).toEqual(
    expect.arrayContaining(["node_node_0", "gone_node_node_0", "gone_undercloud", "gone_bmc"]),
  );
});

it("a network of others that is used no more is not drawn as deleted", () => {
  const { after, comparison } = changeOf(
    labOf({ networks: [{ name: "storage", network: "corp" }, { name: "own" }] }),
    labOf({}),
  );
  const chart = diffMermaid(comparison.before, after, comparison.diff);
  expect(chart).toMatch(/^ {2}net_storage\(\["storage<br>existing: corp"\]\)$/m);
  expect(chart).toMatch(/^ {2}net_own\(\["own \(deleted\)<br>.*"\]\):::deleted$/m);
});
