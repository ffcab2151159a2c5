import { SaxesParser } from "saxes";
import { parseConfig } from "../../plan/config/parseConfig";
import type { LabPlan } from "../../plan/lab/labPlan";
import { planLab } from "../../plan/lab/planLab";
import { type Comparison, diffPlans } from "../../plan/review/planDiff";

export const labOf = (raw: Record<string, unknown>): LabPlan => planLab(parseConfig(raw, "dev"));

const tripleo = (computes: Record<string, unknown>) => ({
  undercloud: {
    kind: "custom",
    image: "centos-9",
    userData: "#!/bin/sh\necho hunter2",
    vips: ["192.0.2.250", "192.0.2.251"],
  },
  networks: [
    { name: "internal-api", cidr: "172.17.0.0/24" },
    { name: "storage", cidr: "172.18.0.0/24", mtu: 9000 },
    { name: "tenant", cidr: "172.19.0.0/24", portSecurity: "disabled" },
  ],
  nodes: [
    {
      name: "control",
      count: 3,
      profile: "control",
      networks: ["internal-api", "storage", "tenant"],
      vips: ["192.0.2.252"],
    },
    { name: "compute", firstAddress: "192.0.2.200", networks: ["internal-api", "storage"], ...computes },
  ],
});

/** Labs to look at: of 2, 20 and 100 nodes. */
export const labs = {
  two: labOf({}),
  twenty: labOf(tripleo({ count: 17 })),
  hundred: labOf({
    ctlplane: { pool: { start: "192.0.2.2", end: "192.0.2.9" } },
    bmc: { address: "192.0.2.254" },
    nodes: [{ count: 100, firstAddress: "192.0.2.20" }],
  }),
};

export interface Change {
  readonly after: LabPlan;
  readonly comparison: Comparison;
}

export function changeOf(before: LabPlan | undefined, after: LabPlan): Change {
  return { after, comparison: { before, diff: diffPlans(before, after) } };
}

/** A change with something of each kind: created, changed, resized, replaced, deleted. */
export const change = changeOf(
  labOf({ nodes: [{ count: 2 }, { name: "old", count: 1 }] }),
  labOf({
    undercloud: { image: "debian-13", vips: ["192.0.2.250"] },
    networks: [{ name: "storage" }],
    nodes: [
      { count: 2, flavor: "baremetal.large", bootScript: "inspector.ipxe" },
      { name: "new", count: 1, networks: ["storage"] },
    ],
  }),
);

/** The same in racks: one node of many goes, one comes. */
export const changeOfRacks = changeOf(labs.twenty, labOf(tripleo({ count: 18, without: [3] })));

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** All text within. */
  readonly text: string;
  readonly within: readonly XmlElement[];
}

/** @throws Error where it is not well-formed */
export function parseXml(text: string): XmlElement {
  const parser = new SaxesParser();
  type Open = { name: string; attributes: Record<string, string>; text: string; within: XmlElement[] };
  const open: Open[] = [{ name: "", attributes: {}, text: "", within: [] }];
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name, attributes }) => {
    open.push({ name, attributes, text: "", within: [] });
  });
  parser.on("text", (part) => {
    for (const one of open) one.text += part;
  });
  parser.on("closetag", () => {
    const element = open.pop()!;
    open.at(-1)!.within.push(element);
  });
  parser.write(text).close();
  return open[0]!.within[0]!;
}

/** Every element below one, in order. */
export function elements(root: XmlElement): XmlElement[] {
  return root.within.flatMap((element) => [element, ...elements(element)]);
}
