import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findLeftovers } from "../../../../cli/sweep/leftovers";
import { describeResource, labOfDescription } from "../../../../plan/lab/tags";
import type { Kind, Resource } from "../../../../tenant/inventory";

const mine = ["ovb", "ovb:lab=a"];

function thing(kind: Kind, id: string, facts: Partial<Resource> = {}): Resource {
  return { kind, id, name: `a-${id}`, tags: [], description: "", ...facts };
}

/** "id because" of what goes, by lab. */
function goes(tenant: readonly Resource[], known?: ReadonlyMap<string, string>) {
  return findLeftovers(tenant, known).flatMap(({ lab, leftovers }) =>
    leftovers.map(({ resource, because }) => `${lab} ${resource.id} ${because}`),
  );
}

describe("what is a lab's", () => {
  it.each<[string, Resource, string[]]>([
    ["both tags", thing("server", "1", { name: "anything", tags: mine }), ["a 1 tag"]],
    ["the lab's tag alone", thing("server", "1", { tags: ["ovb:lab=a"] }), []],
    ["the project's tag alone", thing("server", "1", { tags: ["ovb"] }), []],
    ["two labs' tags", thing("server", "1", { tags: [...mine, "ovb:lab=b"] }), []],
    ["a name alone", thing("network", "1"), []],
    [
      "a name and the mark of birth",
      thing("network", "1", { description: "ovb:lab=a" }),
      ["a 1 description"],
    ],
    ["the mark behind words", thing("router", "1", { description: "x (ovb:lab=a)" }), ["a 1 description"]],
    [
      "the mark, and a tag of somebody's",
      thing("network", "1", { description: "ovb:lab=a", tags: ["x"] }),
      [],
    ],
    ["the mark of another lab", thing("network", "1", { description: "ovb:lab=b" }), []],
    ["the mark of a longer lab", thing("network", "1", { description: "ovb:lab=a2" }), []],
    ["the mark without the name", thing("network", "1", { name: "x", description: "ovb:lab=a" }), []],
    ["words about a mark", thing("network", "1", { description: "like ovb:lab=a" }), []],
    [
      "a floating IP, by its description",
      thing("floating IP", "1", { name: "192.0.2.1", description: "a-undercloud (ovb:lab=a)" }),
      ["a 1 description"],
    ],
    ["a credential", thing("application credential", "1", { description: "ovb:lab=a" }), ["a 1 description"]],
    // Both are born with their tags, so one without is somebody's who copied the words.
    ["a server with the mark", thing("server", "1", { description: "ovb:lab=a" }), []],
    ["an image with the mark", thing("image", "1", { description: "ovb:lab=a" }), []],
  ])("%s", (_, resource, expected) => expect(goes([resource])).toEqual(expected));

  it("is apart from an unmarked server of that name, which an older version may have made for somebody else", () => {
    const marked = { name: "a-1", tags: [...mine, "ovb:owner=dev.1"] };
    const alone = [thing("server", "1", marked), thing("image", "2", { tags: [...mine, "ovb:cdrom"] })];
    const owners = (tenant: readonly Resource[]) =>
      findLeftovers(tenant).map(({ owner, leftovers }) => [
        owner,
        leftovers.map(({ resource }) => resource.id),
      ]);
    expect(owners(alone)).toEqual([["dev.1", ["1", "2"]]]);
    expect(owners([alone[0]!, thing("server", "3", { tags: mine })])).toEqual([
      ["dev.1", ["1"]],
      [undefined, ["3"]],
    ]);
  });

  it("is what a state lists, whatever tags it has lost", () => {
    expect(goes([thing("port", "1"), thing("port", "2")], new Map([["1", "a"]]))).toEqual(["a 1 state"]);
  });

  it("is a router's interface on a subnet of the lab, on whosever router; and no other of that router", () => {
    const onSubnet = (id: string, subnet: string): Resource =>
      thing("router interface", id, { name: "", subnetIds: [subnet], deviceId: "theirs" });
    const tenant = [
      thing("subnet", "s", { tags: mine }),
      thing("router", "theirs"),
      onSubnet("i", "s"),
      onSubnet("j", "other"),
    ];
    expect(goes(tenant)).toEqual(["a s tag", "a i relation"]);
  });

  it("reads back what it writes", () => {
    const lab = fc.stringMatching(/^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/);
    fc.assert(
      fc.property(lab, fc.option(fc.string(), { nil: undefined }), (name, text) => {
        expect(labOfDescription(describeResource(["ovb", `ovb:lab=${name}`], text))).toBe(name);
      }),
    );
  });
});

describe("what is a lab's and stays", () => {
  const network = thing("network", "n", { tags: mine });
  const subnet = thing("subnet", "s", { tags: mine, networkId: "n" });
  const stays = (tenant: readonly Resource[]) =>
    findLeftovers(tenant).flatMap(({ kept }) => kept.map(({ resource, why }) => `${resource.id}: ${why}`));

  it("is a network and a subnet with somebody's port; DHCP's own are no reason", () => {
    const port = { networkId: "n", subnetIds: ["s"] };
    const tenant = [network, subnet, thing("port", "dhcp", { ...port, deviceOwner: "network:dhcp" })];
    expect(goes(tenant)).toEqual(["a n tag", "a s tag"]);
    const theirs = thing("port", "p", { ...port, name: "theirs", deviceOwner: "compute:nova" });
    expect(stays([...tenant, theirs])).toEqual([
      "n: the port theirs is on it, and is none of the lab's",
      "s: the port theirs has an address of it, and is none of the lab's",
    ]);
  });

  it("is a network with somebody's subnet, and a router that serves one", () => {
    const theirs = thing("subnet", "t", { name: "theirs", networkId: "n" });
    const router = thing("router", "r", { tags: mine });
    const attached = thing("router interface", "i", { name: "", subnetIds: ["t"], deviceId: "r" });
    expect(stays([network, theirs, router, attached])).toEqual([
      "n: the subnet theirs is on it, and is none of the lab's",
      "r: the router interface i is on it, and is none of the lab's",
    ]);
  });
});

describe("a lab's age", () => {
  const hour = 3_600_000;

  it("is that of its youngest resource, and a duration counts from there; of two expiries the later holds", () => {
    const tenant = [
      thing("network", "1", { tags: [...mine, "ovb:expires=8h"], madeMs: hour }),
      thing("server", "2", { tags: [...mine, "ovb:expires=1970-01-01T02:00Z"], madeMs: 3 * hour }),
      thing("server", "3", { tags: ["ovb", "ovb:lab=b"] }),
    ];
    expect(findLeftovers(tenant)).toMatchObject([
      { lab: "a", madeMs: 3 * hour, expiresMs: 11 * hour },
      { lab: "b", madeMs: undefined, expiresMs: undefined },
    ]);
  });

  it("is unknown where the cloud does not say, and a duration then never ends", () => {
    const tenant = [thing("network", "1", { tags: [...mine, "ovb:expires=1m"] })];
    expect(findLeftovers(tenant)[0]!.expiresMs).toBeUndefined();
  });
});
