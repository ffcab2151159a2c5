import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../../plan/config/parseConfig";
import type { LabPlan } from "../../../../plan/lab/labPlan";
import { planLab } from "../../../../plan/lab/planLab";
import { diffMarkdown } from "../../../../plan/review/diffMarkdown";
import { diffPlans, type PlanDiff } from "../../../../plan/review/planDiff";
import { plannedResources } from "../../../../plan/review/plannedResources";
import { arbitraryConfig } from "../../../support/arbitraryConfig";
import { recordLab } from "../../../support/recordLab";

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
        const empty = {
          changes: [],
          ignored: [],
          handedOver: [],
          nodesAdded: [],
          nodesRemoved: [],
          totals: [],
        };
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
      // The Stash is the engine's own, and nothing of the lab.
      (name) => !/^(VirtualB|Under|Bmc|Bare|Prov|Ipxe|Access|Stash)/.test(name),
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

  /** The warning's lines, and nothing else. */
  const warnings = (text: string) =>
    text
      .split("\n")
      .filter((line) => line.startsWith("> **"))
      .map((line) => line.slice(2));
  const changed = (from: Raw, to: Raw) => {
    const [before, after] = [plan({ ...base, ...from }), plan({ ...base, ...to })];
    return warnings(diffMarkdown(before, after, diffPlans(before, after)));
  };
  const key = `ssh-ed25519 ${"A".repeat(68)} someone`;
  const stay = "node-0 to node-2 stay as they are, on or off.";
  const bmcLine =
    "**bmc**: replaced: the nodes are not touched. For a minute or two nobody answers IPMI and Redfish; afterwards it has " +
    "forgotten the boot devices and CD-ROMs that it was told.";
  const ironicLost = "its disk is lost, and with it Ironic's database and whatever else was kept there.";
  const again =
    "`ovb up` enrols the nodes again and has Ironic adopt those that it had deployed, without touching them; what else " +
    "Ironic was told or has found out is gone.";
  const away = "Nothing answers a network boot until it is back.";

  it("warns in true words per role: another boot port is the undercloud's end, and no node's", () => {
    const port = { bootPort: 8099 };
    expect(changed({}, { undercloud: port })).toEqual([
      `**undercloud**: replaced: ${ironicLost} ${stay} ${again} ${away}`,
    ]);
    expect(changed({ nodes: [{ count: 1 }] }, { nodes: [{ count: 2 }], undercloud: port })[0]).toContain(
      "there. node-0 stays as it is, on or off. `ovb up`",
    );
    const ironic = { enroll: false };
    expect(changed({ undercloud: { ironic } }, { undercloud: { ironic, ...port } })[0]).toContain(
      "`ovb enroll` enrols",
    );
  });

  it("warns of no undercloud with Ironic for what `ovb up` tells it while it runs, and of the others for a key", () => {
    expect(changed({}, { authorizedKeys: [key] })).toEqual([bmcLine]);
    const text = markdown({ authorizedKeys: [key], undercloud: { ironic: { automatedClean: true } } });
    expect(text).toMatch(/^### Lab qa: 1 told while it runs, 1 replaced\n/);
    expect(text).toContain("Changed by `ovb up`, on the running undercloud");
    expect(text).toMatch(/\| server \| undercloud \| SSH keys \| none \| someone \(SHA256:[\w+/]{8}\) \|/);
    expect(text).toContain("| server | undercloud | automated cleaning | off | on |");
    const source = { url: "https://me:secret@images.example/k", sha256: "ab".repeat(32) };
    const ipa = markdown({ undercloud: { ironic: { kernel: source } } });
    expect(ipa).toMatch(/^### Lab qa: 1 told while it runs\n/);
    expect(ipa).toContain("| server | undercloud | IPA's kernel | not shown | changed |");
    expect(ipa).not.toContain("secret");
    // A new VM is made with all of it.
    expect(diff(base, { ...base, authorizedKeys: [key], undercloud: { bootPort: 8099 } }).handedOver).toEqual(
      [],
    );
    const boot = { undercloud: { kind: "boot-server" } };
    expect(changed(boot, { ...boot, authorizedKeys: [key] })[0]).toMatch(/^\*\*undercloud\*\*: replaced/);
  });

  it("warns of an undercloud of each kind", () => {
    const boot = { undercloud: { kind: "boot-server" } };
    expect(changed(boot, { undercloud: { kind: "boot-server", bootPort: 8099 } })).toEqual([
      `**undercloud**: replaced: its disk is lost. ${stay} ${away}`,
    ]);
    const custom = (userData: string) => ({
      undercloud: { kind: "custom", image: "debian-13", flavor: "m1.small", userData },
    });
    expect(changed(custom("#!/bin/sh"), custom("#!/bin/bash"))).toEqual([
      `**undercloud**: replaced: its disk is lost, and with it what was installed there and what it knew of the nodes. ${stay}`,
    ]);
    expect(changed({}, boot)).toEqual([`**undercloud**: replaced: ${ironicLost} ${stay} ${away}`]);
    expect(changed({}, { undercloud: { kind: "none", address: "192.0.2.240" } })).toEqual([
      `**undercloud**: deleted: ${ironicLost} ${stay}`,
    ]);
  });

  it("says that the passwords outlive a credential, and the undercloud with them", () => {
    const stays = `${bmcLine} Its credential is another; the passwords of IPMI and Redfish stay.`;
    expect(changed({}, { bmc: { accessRules: false } })).toEqual([stays]);
    const own = { undercloud: { ironic: { password: "the-users-own" } } };
    expect(changed({}, own)[0]).toContain("Ironic's password is another.");
    expect(changed({}, { bmc: { enabled: false }, ...own }).at(-1)).toBe(
      "**bmc**: deleted: nobody answers IPMI and Redfish for the nodes any more; they are not touched.",
    );
  });

  it("warns of nodes that are replaced, resized and deleted", () => {
    expect(changed({}, { macPrefix: "20:57:f6" })).toEqual([
      `**undercloud**: replaced: ${ironicLost} ${again} ${away}`,
      bmcLine,
      "**node-0 to node-2**: replaced: their disks are lost, and they are off afterwards.",
    ]);
    const nic = { networks: [{ name: "storage", cidr: "198.18.9.0/24" }] };
    const one = { nodes: [{ count: 1 }] };
    expect(changed({ ...nic, ...one }, { ...nic, nodes: [{ count: 1, networks: ["storage"] }] })).toEqual([
      "**node-0**: replaced: its disk is lost, and it is off afterwards. What Ironic had deployed there it goes on calling " +
        "active, until `ovb undeploy`.",
    ]);
    expect(changed({}, { nodes: [{ count: 3, flavor: "big" }] })).toEqual([
      "**node-0 to node-2**: resized: Nova shuts them down and starts them again; what is on the disk stays.",
    ]);
    expect(changed({}, { nodes: [{ count: 3, without: [1] }] })).toEqual([
      "**node-1**: deleted, with its disk.",
    ]);
    expect(markdown({ nodes: [{ count: 3, without: [1] }] })).toContain("Nodes removed**: node-1");
  });

  it("says who answers the nodes' DHCP from then on, and leaves them in place", () => {
    const [cloud, rack] = [plan(base), plan({ ...base, ctlplane: { dhcpServer: "undercloud-ovn" } })];
    const there = diffPlans(cloud, rack);
    expect(named(there, "replace")).toEqual(["server qa-undercloud"]);
    expect(diffMarkdown(cloud, rack, there)).toMatch(
      /node-0 to node-2\*\*: DHCP from the undercloud instead of the cloud: [^\n]*once it serves/,
    );
    expect(diffMarkdown(rack, cloud, diffPlans(rack, cloud))).toMatch(
      /DHCP from the cloud instead of the undercloud/,
    );
    const open = plan({ ...base, ctlplane: { dhcpServer: "undercloud" } });
    const { changes } = diffPlans(rack, open);
    const port = changes.find(({ type, name }) => type === "port" && name === "qa-undercloud-ctlplane");
    expect(port).toMatchObject({ action: "update" });
    expect(port!.fields).toContainEqual({ field: "port security", before: undefined, after: "disabled" });
    expect(diffMarkdown(rack, open, diffPlans(rack, open))).not.toContain("DHCP from");
  });

  it("says that a node's image is not watched, and never shows user data", () => {
    expect(markdown({ nodes: [{ count: 3, image: "other" }] })).toContain(
      "Another image is for nodes to come: node-0 to node-2 keep theirs.",
    );
    const text = markdown({ authorizedKeys: [key] });
    expect(text).toContain("| server | bmc | user data | not shown | changed |");
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
