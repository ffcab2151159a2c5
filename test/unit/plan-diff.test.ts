import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../plan/config";
import { diffPlans, type PlanDiff } from "../../plan/diff/planDiff";
import { plannedResources } from "../../plan/diff/plannedResources";
import type { LabPlan } from "../../plan/labPlan";
import { planLab } from "../../plan/planLab";
import { diffMarkdown } from "../../plan/views/diffMarkdown";
import { arbitraryConfig } from "./arbitraryConfig";
import { recordLab } from "./components.fixture";

type Raw = Record<string, unknown>;
type Group = { name: string; count: number; without?: number[] };

const plan = (raw: Raw): LabPlan => planLab(parseConfig(raw, "dev"));
const diff = (before: Raw, after: Raw): PlanDiff => diffPlans(plan(before), plan(after));
const runs = { numRuns: 60 };

const named = ({ changes }: PlanDiff, action: string): string[] =>
  changes
    .filter((change) => change.action === action)
    .map(({ type, name }) => `${type} ${name}`)
    .sort();

describe("the difference of any two plans", () => {
  it("is empty when they are equal", () => {
    fc.assert(
      fc.property(arbitraryConfig, (raw) => {
        const empty = { changes: [], ignored: [], nodesAdded: [], nodesRemoved: [], totals: [] };
        expect(diff(raw, structuredClone(raw))).toEqual(empty);
      }),
      runs,
    );
  });

  it("creates one way what it deletes the other way, and never the same twice", () => {
    fc.assert(
      fc.property(arbitraryConfig, arbitraryConfig, (a, b) => {
        const same = { ...b, lab: "same" };
        const there = diff({ ...a, lab: "same" }, same);
        const back = diff(same, { ...a, lab: "same" });
        expect(named(there, "create")).toEqual(named(back, "delete"));
        expect(there.nodesAdded).toEqual(back.nodesRemoved);
        const keys = there.changes.map(({ type, name }) => `${type} ${name}`);
        expect(new Set(keys).size).toBe(keys.length);
      }),
      runs,
    );
  });

  it("of a lab that grows is additions alone; of one with a node less, that node's end alone", () => {
    const grown = { nodes: [{ count: 5 }] };
    for (let count = 0; count < 5; count++) {
      const growing = diff({ nodes: [{ count }] }, grown);
      expect(growing.changes.every(({ action }) => action === "create")).toBe(true);
      expect(growing.nodesAdded).toHaveLength(5 - count);
    }
    fc.assert(
      fc.property(arbitraryConfig, fc.nat(), (raw, pick) => {
        const group = (raw.nodes as Group[])[0]!;
        const index = pick % group.count;
        const all = { ...raw, nodes: [{ ...group, without: [] }, ...(raw.nodes as Group[]).slice(1)] };
        const less = { ...raw, nodes: [{ ...group, without: [index] }, ...(raw.nodes as Group[]).slice(1)] };
        const { changes, nodesRemoved } = diff(all, less);
        expect(
          changes
            .filter(({ type }) => type === "server" || type === "port")
            .every(({ action }) => action === "delete"),
        ).toBe(true);
        expect(nodesRemoved).toEqual([`${group.name}-${index}`]);
      }),
      runs,
    );
  });

  it("of a lab that is new is everything the components register, and no more", async () => {
    const lab = await recordLab();
    const registered = [...lab.byName.keys()].filter(
      (name) => !/^(VirtualB|Under|Bmc|Bare|Prov|Ipxe|Access)/.test(name),
    );
    expect(plannedResources(lab.plan).size).toBe(registered.length);
    expect(diffPlans(undefined, lab.plan).changes).toHaveLength(registered.length);
  });
});

describe("what it says", () => {
  const base: Raw = { lab: "qa", nodes: [{ count: 3 }] };
  const markdown = (changes: Raw) => {
    const [before, after] = [plan(base), plan({ ...base, ...changes })];
    return diffMarkdown(before, after, diffPlans(before, after));
  };

  it("follows a replacement to whoever has the id of what is replaced, and no further", () => {
    const { changes } = diff(base, { ...base, macPrefix: "20:57:f6" });
    const replaced = changes
      .filter(({ action }) => action === "replace")
      .map(({ type, name }) => `${type} ${name}`);
    expect(replaced.sort()).toEqual(
      ["undercloud", "bmc", "node-0", "node-1", "node-2"]
        .flatMap((name) => [`port qa-${name}-ctlplane`, `server qa-${name}`])
        .sort(),
    );
    const server = changes.find(({ type, name }) => type === "server" && name === "qa-node-0")!;
    expect(server.fields).toEqual([{ field: "NIC 0", follows: "port" }]);
  });

  it("takes what a cloud does by itself for no change: port security is on where nothing is said", () => {
    const said = (portSecurity: string) => ({ ...base, ctlplane: { portSecurity } });
    expect(diff(base, said("enabled")).changes).toEqual([]);
    expect(diff(said("enabled"), base).changes).toEqual([]);
    const off = diff(base, said("disabled")).changes.find(({ type }) => type === "network");
    expect(off?.fields).toEqual([{ field: "port security", before: undefined, after: "disabled" }]);
    const on = diff(said("disabled"), said("enabled")).changes.find(({ type }) => type === "network");
    expect(on?.fields).toEqual([{ field: "port security", before: "disabled", after: "enabled" }]);
  });

  it("one row for nodes that change alike, and no warning for what is done in place", () => {
    const text = markdown({ bootScript: "inspector.ipxe" });
    expect(text).toMatch(/^### Lab qa: 6 changed in place\n/);
    expect(text).toContain(
      "| port | node-0-ctlplane, node-1-ctlplane, node-2-ctlplane | DHCP option bootfile-name | " +
        "http://192.0.2.240:8088/boot.ipxe | http://192.0.2.240:8088/inspector.ipxe |",
    );
    expect(text).toContain("| server | node-0 to node-2 | tags | none | ovb:script=inspector.ipxe |");
    expect(text).not.toContain("WARNING");
  });

  it("warns of what is replaced, resized and deleted", () => {
    const replaced = markdown({ macPrefix: "20:57:f6" });
    expect(replaced).toContain(
      "> [!WARNING]\n> **undercloud, bmc, node-0 to node-2**: replaced: the disk is lost",
    );
    expect(markdown({ nodes: [{ count: 3, flavor: "big" }] })).toContain("> **node-0 to node-2**: resized");
    expect(markdown({ nodes: [{ count: 3, without: [1] }] })).toMatch(
      /> \*\*node-1\*\*: deleted[\s\S]*Nodes removed\*\*: node-1/,
    );
  });

  it("says that a node's image is not watched, and never shows user data", () => {
    expect(markdown({ nodes: [{ count: 3, image: "other" }] })).toContain(
      "Another image is for nodes to come: node-0 to node-2 keep theirs.",
    );
    const key = `ssh-ed25519 ${"A".repeat(68)} someone`;
    const text = markdown({ authorizedKeys: [key] });
    expect(text).toContain("| server | undercloud, bmc | user data | not shown | changed |");
    expect(text).not.toContain("AAAA");
  });

  it("sums up the quota, and that nothing changes", () => {
    expect(markdown({ nodes: [{ count: 5 }] })).toContain("| instances | 5 | 7 |");
    expect(markdown({})).toBe("### Lab qa: nothing changes\n");
    expect(diffMarkdown(undefined, plan(base), diffPlans(undefined, plan(base)))).toMatch(
      /^### Lab qa: new, \d+ resources\n/,
    );
    expect(markdown({ lab: "qb" })).toMatch(/^### Lab qb \(was qa: every name/);
  });
});
