import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../plan/config/parseConfig";
import type { LabPlan } from "../../../plan/lab/labPlan";
import { planLab } from "../../../plan/lab/planLab";
import { planJson } from "../../../plan/review/planJson";
import { planMarkdown } from "../../../plan/review/planMarkdown";
import { planMermaid } from "../../../plan/review/planMermaid";
import { planText } from "../../../plan/review/planText";
import { arbitraryConfig } from "../../support/arbitraryConfig";

const plan = (raw: Record<string, unknown>): LabPlan => planLab(parseConfig(raw, "dev"));
const everyPlan = (property: (lab: LabPlan) => void) =>
  fc.assert(
    fc.property(arbitraryConfig, (raw) => property(plan(raw))),
    { numRuns: 50 },
  );

const rich = plan({
  lab: "lab",
  publicNetwork: 'net "1"; <b>#1</b> `x` | end [a](b) {c} %% @me',
  access: { network: "private", router: "router" },
  networks: [
    { name: "end", mtu: 9000 },
    { name: "storage", network: "shared" },
  ],
  undercloud: { vips: ["192.0.2.250", "192.0.2.252/30"] },
  nodes: [
    {
      name: "node",
      count: 3,
      without: [1],
      networks: ["end", "storage"],
      bootStrategy: "disk",
      bootScripts: { "node-2": "inspector.ipxe" },
    },
    { name: "big", count: 12, firstAddress: "192.0.2.200", bootStrategy: "rebuild" },
  ],
  images: { disk: { source: "existing", name: "ipxe" }, iso: { source: "none" } },
  limits: { instances: 20 },
});

describe("the text view", () => {
  it("shows the lab that no configuration makes", () => {
    expect(planText(plan({}))).toMatchSnapshot();
  });

  it("shows what a larger one adds", () => {
    const text = planText(rich, { instances: 20 });
    expect(text).toMatchSnapshot();
    for (const part of [
      /access: private +existing/,
      /end +198\.51\.100\.0\/24 +none +whole subnet +9000 +unset/,
      /node-2 +192\.0\.2\.12 +20:57:f8:\S+ +inspector\.ipxe +6232/,
      /node-2 +storage +the cloud's +the cloud's/,
      /192\.0\.2\.252\/30 +undercloud/,
      /tftp-server +192\.0\.2\.240 +node-0, node-2, big-0 to big-11/,
      /instances +16 +20\n/,
      /ports +\d+ +not given\n/,
    ]) {
      expect(text).toMatch(part);
    }
    expect(text).not.toContain("node-1 ");
  });

  it("says who answers the nodes' DHCP where it is not the cloud", () => {
    const text = (raw: Record<string, unknown>) => planText(plan(raw)).replace(/\n *(?=\S)/g, " ");
    expect(text({})).not.toMatch(/answers the nodes' DHCP/);
    expect(text({ ctlplane: { dhcpServer: "undercloud-ovn" } })).toMatch(
      /alone answers the nodes' DHCP: the cloud's DHCP leaves their ports out [\s\S]* takes a cloud with OVN\.[\s\S]*dhcp_disabled +true +node-0 to node-1/,
    );
    const rack = { dhcpServer: "undercloud" };
    expect(text({ ctlplane: rack })).toMatch(
      /: the subnet has no DHCP of the cloud's\. Port security is off on the undercloud's port alone\./,
    );
    expect(text({ ctlplane: { ...rack, portSecurity: "disabled" } })).not.toMatch(/undercloud's port alone/);
    const elsewhere = { kind: "none", address: "192.0.2.240" };
    expect(text({ ctlplane: rack, undercloud: elsewhere })).toMatch(
      /elsewhere, at 192\.0\.2\.240, alone answers .* Its port needs port security off\./,
    );
  });

  it("fits 100 columns and has every address and MAC whole", () => {
    everyPlan((lab) => {
      const text = planText(lab);
      for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
      for (const { key, address, mac } of lab.nodes)
        expect(text).toMatch(new RegExp(`^ {2}${key} +${address} +${mac}`, "m"));
    });
  });

  it("shows no control character as it is", () => {
    const text = planText(plan({ publicNetwork: "a\u001b[2Jb\u0007c" }));
    expect(text).toContain("a?[2Jb?c");
    expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  });

  it("says when something is cut short, and only then", () => {
    const long = "flavor-".repeat(20);
    const cut = planText(plan({ nodes: [{ flavor: long }] }));
    expect(cut).toMatch(/flavor-fl\S*…/);
    expect(cut).toContain("--format json has it whole");
    expect(planText(plan({}))).not.toContain("…");
  });
});

describe("the JSON view", () => {
  it("is the whole plan, keys sorted at every depth", () => {
    everyPlan((lab) => {
      const text = planJson(lab);
      const { undercloud } = lab;
      const shown =
        undercloud?.custom?.userData !== undefined // the user's own may hold passwords
          ? {
              ...lab,
              undercloud: {
                ...undercloud,
                custom: {
                  ...undercloud.custom,
                  userData: expect.stringMatching(/^\[secret, \d+ bytes, /),
                },
              },
            }
          : JSON.parse(JSON.stringify(lab));
      expect(JSON.parse(text)).toEqual(shown);
      JSON.parse(text, (_, value) => {
        if (value && typeof value === "object" && !Array.isArray(value)) {
          expect(Object.keys(value)).toEqual(Object.keys(value).sort());
        }
        return value;
      });
    });
  });
});

describe("the Markdown view", () => {
  it("begins with a sentence, has the tables, and folds the diagram", () => {
    const text = planMarkdown(plan({}), { ports: 12 });
    expect(text.split("\n")[0]).toBe(
      "### Lab ovb-dev: an undercloud, a BMC and 2 baremetal nodes, booting from http://192.0.2.240:8088",
    );
    expect(text).toContain("| ports | 10 | 12 |");
    expect(text).toContain("| ctlplane | 192.0.2.0/24 | 192.0.2.1 | 192.0.2.30-192.0.2.199 | 1400 | unset |");
    expect(text).toMatch(
      /<details>\n<summary>Topology<\/summary>\n\n```mermaid\nflowchart TB\n[^`]*```\n\n<\/details>\n$/,
    );
  });

  it("escapes what GitHub would take for markup or a mention", () => {
    const before = planMarkdown(rich).split("```mermaid")[0]!;
    expect(before).toContain('net "1"; &lt;b>&#35;1&lt;/b> \\`x\\` \\| end \\[a\\](b) {c} %% &#64;me');
  });

  it("has rows of as many cells as the head", () => {
    everyPlan((lab) => {
      for (const table of planMarkdown(lab).match(/(^\|.*\|\n?)+/gm) ?? []) {
        const cells = table
          .trim()
          .split("\n")
          .map((row) => row.replaceAll(/\\./g, "").split("|").length);
        expect(new Set(cells).size).toBe(1);
      }
    });
  });

  it("folds a table that is long", () => {
    expect(planMarkdown(plan({}))).not.toContain("<b>Servers</b>");
    const long = planMarkdown(plan({ nodes: [{ count: 30, firstAddress: "192.0.2.200" }] }));
    expect(long).toContain("<summary><b>Servers</b> (32)</summary>");
  });
});

describe("what differs by the cloud's network backend", () => {
  it("is in the text and the Markdown, with whether a lab is refused there", () => {
    const nodes = [{ dhcpOptions: { "249": "198.51.100.0/24,192.0.2.1" } }];
    const killing = planLab(parseConfig({ nodes }, "qa"));
    expect(planText(killing).replace(/\s+/g, " ")).toContain(
      "On OVN this lab is refused: DHCP options that break DHCP: 249",
    );
    expect(planMarkdown(killing)).toContain(
      "- On OVN this lab is refused: DHCP options that break DHCP: 249",
    );
    const silent = planLab(parseConfig({ ctlplane: { metadataRoute: false } }, "qa"));
    expect(planText(silent)).not.toContain("backend");
    expect(planMarkdown(silent)).not.toContain("backend");
  });
});

describe("the Mermaid view", () => {
  it("draws the lab that no configuration makes", () => {
    expect(planMermaid(plan({}))).toMatchSnapshot();
  });

  it("draws a larger one: existing networks, VIPs, more NICs, a group as one box", () => {
    const chart = planMermaid(rich);
    expect(chart).toMatchSnapshot();
    expect(chart).toContain("public -.- access"); // the existing network's router is not ours to draw
    expect(chart).toContain("also 192.0.2.250/32, 192.0.2.252/30, 169.254.169.254/32");
    expect(chart).toContain("net_end --- node_node_2");
    expect(chart).toContain('group_big["big-0 to big-11<br>');
    expect(chart).not.toContain("big_0");
  });

  /*
   * Mermaid's own parser took these charts, odd names included (mermaid 11, by hand): as a dependency it would
   * be 100 packages and 150 MB for this one question. Here is the part of its grammar that the charts use.
   */
  it("says that the undercloud serves DHCP", () => {
    expect(planMermaid(plan({ ctlplane: { dhcpServer: "undercloud-ovn" } }))).toContain(
      "serves DHCP and http://",
    );
  });

  it("is made of boxes declared once and lines between them, labels escaped", () => {
    const label = '"((?:[^"<>#`%\\p{C}]|<br>|#(?:quot|amp|lt|gt|\\d+);)+)"';
    const box = new RegExp(`^  (\\w+)(?:\\(\\[${label}\\]\\)|\\[${label}\\]|\\{\\{${label}\\}\\})$`, "u");
    const edge = new RegExp(`^  (\\w+) (?:---|-\\.-|-\\. ${label} \\.->?) (\\w+)$`, "u");
    const check = (lab: LabPlan) => {
      const [head, ...lines] = planMermaid(lab).trimEnd().split("\n");
      expect(head).toBe("flowchart TB");
      const declared: string[] = [];
      const used: string[] = [];
      for (const line of lines) {
        const [, id] = box.exec(line) ?? [];
        const [, from, , to] = edge.exec(line) ?? [];
        expect(id ?? from, `neither a box nor a line: ${line}`).toBeDefined();
        if (id) declared.push(id);
        else used.push(from!, to!);
      }
      expect([...new Set(declared)]).toEqual(declared);
      expect(declared).toEqual(expect.arrayContaining(used));
      // A network may be declared before any group has a NIC on it; all else hangs on something.
      expect(declared.filter((id) => !used.includes(id) && !id.startsWith("net_"))).toEqual([]);
      for (const id of declared)
        expect(id).not.toMatch(/^(end|graph|subgraph|style|click|class|classDef|default)$/);
    };
    check(rich);
    everyPlan(check);
  });
});
