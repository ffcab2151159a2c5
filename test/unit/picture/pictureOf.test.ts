import { describe, expect, it } from "vitest";
import type { Card, Fact } from "../../../picture/picture";
import { pictureOf } from "../../../picture/pictureOf";
import type { LabPlan } from "../../../plan/lab/labPlan";
import { changeOf, changeOfRacks, labOf, labs } from "../../support/pictures";

const drawn = (lab: LabPlan, before?: LabPlan) => pictureOf(lab, before && changeOf(before, lab).comparison);
const factsOf = ({ sections }: Pick<Card, "sections">): Fact[] => sections.flatMap(({ facts }) => facts);
const card = (picture: ReturnType<typeof pictureOf>, title: string) =>
  picture.cards.find((one) => one.title === title)!;
const links = (picture: ReturnType<typeof pictureOf>, title: string) =>
  picture.links
    .filter((link) => link.card === card(picture, title).id)
    .map(({ rail, kind, count }) => `${rail} ${kind} ${count}`);

describe("the picture's model", () => {
  it("has a card a node up to four of them, and a rack a group beyond", () => {
    expect(drawn(labOf({ nodes: [{ count: 4 }] })).cards.map(({ kind }) => kind)).toEqual([
      ...["router", "bmc", "undercloud"],
      ...Array(4).fill("node"),
    ]);
    const racks = drawn(labs.twenty).cards.filter(({ kind }) => kind === "rack");
    expect(racks.map(({ title, cells }) => `${title}: ${cells.length}`)).toEqual([
      "control-0 to control-2: 3",
      "compute-0 to compute-16: 17",
    ]);
    // Groups of one node each, on the same networks.
    const names = ["a", "b", "c", "d", "e", "f"];
    const singles = drawn(
      labOf({
        nodes: names.map((name, i) => ({
          name,
          count: 1,
          flavor: `f-${name}`,
          firstAddress: `192.0.2.${200 + i}`,
        })),
      }),
    );
    const [rack] = singles.cards.filter(({ kind }) => kind === "rack");
    expect(rack!.cells.map((cell) => factsOf(cell).find(({ slot }) => slot === "flavor")!.text)).toEqual(
      names.map((name) => `flavor f-${name}`),
    );
    expect(factsOf(rack!).map(({ slot }) => slot)).not.toContain("flavor");
  });

  it("has a link for each NIC, and a way for each that the BMC answers for", () => {
    const picture = drawn(labs.twenty);
    expect(links(picture, "ovb-dev-router")).toEqual(["public nic 1", "access nic 1", "ctlplane nic 1"]);
    expect(links(picture, "bmc")).toEqual(["bmc way 1", "access nic 1", "ctlplane nic 1"]);
    expect(links(picture, "undercloud")).toEqual(["access nic 1", "ctlplane nic 1"]);
    expect(links(picture, "control-0 to control-2")).toEqual([
      ...["ctlplane nic 3", "net-internal-api nic 3", "net-storage nic 3", "net-tenant nic 3", "bmc way 3"],
    ]);
  });

  it("draws what is not the lab's apart: an undercloud and a router elsewhere, no BMC", () => {
    const picture = drawn(
      labOf({
        undercloud: { kind: "none", address: "192.0.2.5" },
        access: { network: "shared" },
        bmc: { enabled: false },
      }),
    );
    expect(picture.rails.map(({ id }) => id)).toEqual(["public", "access", "ctlplane"]);
    expect(links(picture, "shared")).toEqual(["public way 1", "access way 1"]);
    expect(links(picture, "undercloud")).toEqual(["ctlplane way 1"]);
    expect(links(picture, "node-0")).toEqual(["ctlplane nic 1"]);
  });

  it("tells a hundred NICs of a BMC once, each with its address", () => {
    const picture = drawn(labOf({ bmc: { mode: "nic" }, nodes: [{ count: 8 }] }));
    const nics = card(picture, "bmc").sections.filter(({ rail }) => rail === "ctlplane");
    expect(nics.map(({ title }) => title)).toEqual(["9 NICs on ctlplane"]);
    expect(nics[0]!.facts.filter(({ text }) => /^192\.0\.2\.2\d\d$/.test(text))).toHaveLength(9);
    expect(links(picture, "bmc")).toContain("ctlplane nic 9");
  });

  it("says of port security what the network does not", () => {
    const network = (portSecurity: string) => ({ name: "net", portSecurity });
    const said = (portSecurity: string) =>
      factsOf(
        card(
          drawn(labOf({ networks: [network(portSecurity)], nodes: [{ count: 1, networks: ["net"] }] })),
          "node-0",
        ),
      )
        .filter(({ slot }) => slot === "security")
        .map(({ text }) => text);
    expect(said("enabled")).toEqual([]);
    expect(said("disabled")).toEqual(["port security off: no firewall"]);
  });

  it("marks nothing where nothing changes, and everything of a lab that is new", () => {
    const marks = (picture: ReturnType<typeof pictureOf>) => [
      ...new Set([...picture.cards, ...picture.rails, ...picture.links].map(({ mark }) => mark)),
    ];
    expect(marks(drawn(labs.twenty, labs.twenty))).toEqual([undefined]);
    const fresh = pictureOf(labs.two, changeOf(undefined, labs.two).comparison);
    expect(fresh.cards.map(({ mark }) => mark)).toEqual(fresh.cards.map(() => "created"));
    expect(fresh.rails.filter(({ mark }) => mark === "created").map(({ id }) => id)).toEqual([
      "access",
      "ctlplane",
    ]);
  });

  it("marks in a rack the nodes that change, and the rack only where all do", () => {
    const { after, comparison } = changeOfRacks;
    const rack = card(pictureOf(after, comparison), "compute-0 to compute-17");
    expect(rack.mark).toBeUndefined();
    expect(rack.cells.filter(({ mark }) => mark).map(({ title, mark }) => `${title} ${mark}`)).toEqual([
      "compute-3 deleted",
      "compute-17 created",
    ]);
    const bigger = drawn(
      labOf({ nodes: [{ count: 6, flavor: "large" }] }),
      labOf({ nodes: [{ count: 6, flavor: "small" }] }),
    );
    expect(card(bigger, "node-0 to node-5").mark).toBe("resized");
  });

  it("leaves a node alone whose image is another: that is for nodes to come", () => {
    const image = (name: string) => labOf({ nodes: [{ count: 1, image: name }] });
    const node = card(drawn(image("new"), image("old")), "node-0");
    expect(node.mark).toBeUndefined();
    expect(factsOf(node).find(({ slot }) => slot === "disk")).toEqual({
      slot: "disk",
      text: "disk: image old (new ones: new)",
      style: "plain",
    });
  });

  it("shows what goes with what it was on", () => {
    const picture = drawn(
      labs.two,
      labOf({ networks: [{ name: "storage" }], nodes: [{ count: 2, networks: ["storage"] }] }),
    );
    expect(picture.rails.find(({ id }) => id === "net-storage")!.mark).toBe("deleted");
    const node = card(picture, "node-0");
    expect(node.sections.find(({ rail }) => rail === "net-storage")!.mark).toBe("deleted");
    expect(picture.links.find((link) => link.card === node.id && link.rail === "net-storage")!.mark).toBe(
      "deleted",
    );
  });
});
