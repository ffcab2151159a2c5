import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { claimOf } from "../../../cli/stack/stateFile";
import {
  describeResource,
  ownerMark,
  ownerOfDescription,
  ownerOfTags,
  ownerTag,
} from "../../../plan/lab/tags";
import { checkClaim, checkUp, foreignResources } from "../../../tenant/claim";
import type { Kind, Resource } from "../../../tenant/inventory";
import { markOfDev, stashId, stateOf } from "../../support/stateFile";

const other = "two.ffffffffffff4fff";
const tags = (owner?: string) => ["ovb", "ovb:lab=a", ...(owner ? [ownerTag(owner)] : [])];

function thing(kind: Kind, id: string, facts: Partial<Resource> = {}): Resource {
  return { kind, id, name: `a-${id}`, tags: tags(other), description: "", ...facts };
}

const claim = { lab: "a", owner: markOfDev, ids: new Set(["known"]) };
const foreign = (...tenant: Resource[]) => foreignResources(tenant, claim).map(({ id }) => id);

describe("a mark", () => {
  it("has room in a tag of Nova's, whatever the stack is called, and none of the characters that it refuses", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 100 }), fc.uuid({ version: 4 }), (stack, id) => {
        const tag = ownerTag(ownerMark(stack, id));
        expect(tag.length).toBeLessThanOrEqual(60);
        expect(tag).toMatch(/^ovb:owner=[\w.-]+$/);
        expect(ownerOfTags(["ovb", tag])).toBe(ownerMark(stack, id));
        const text = describeResource(["ovb:lab=a", tag], "what it is (for)");
        expect(ownerOfDescription(text)).toBe(ownerMark(stack, id));
      }),
    );
  });

  it("is in the stack's state, and not in a state without one", () => {
    expect(claimOf(stateOf({ lab: "a", stack: "dev", ids: ["1"] }), "a")).toEqual({
      lab: "a",
      owner: markOfDev,
      ids: new Set([stashId, "1"]),
    });
    expect(claimOf(stateOf({ lab: "a", stack: "dev", ids: [] }), "b").owner).toBeUndefined();
    expect(claimOf({}, "a")).toEqual({ lab: "a", owner: undefined, ids: new Set() });
  });
});

describe("what of the tenant is another stack's", () => {
  it.each<[string, Resource, boolean]>([
    ["bears another mark", thing("server", "1"), true],
    ["bears another mark, though the state knows it: it was taken over", thing("server", "known"), true],
    ["bears ours", thing("server", "1", { tags: tags(markOfDev) }), false],
    ["bears none, and the state knows it", thing("port", "known", { tags: tags() }), false],
    ["bears none, and the state does not know it", thing("port", "1", { tags: tags() }), true],
    ["is of another lab", thing("port", "1", { tags: ["ovb", "ovb:lab=b", ownerTag(other)] }), false],
    ["is nobody's", thing("port", "1", { tags: [] }), false],
    [
      "has no tags yet, and another mark in its description",
      thing("network", "1", { tags: [], description: `ovb:lab=a ovb:owner=${other}` }),
      true,
    ],
    ["is an image", thing("image", "1"), true],
    [
      "is a credential",
      thing("application credential", "1", {
        name: "a-bmc",
        tags: [],
        description: `BMC (ovb:lab=a ovb:owner=${other})`,
      }),
      true,
    ],
    ["is a security group", thing("security group", "1"), true],
    [
      "is a node's CD-ROM, which the BMC's agent uploads",
      thing("image", "1", { tags: [...tags(), "ovb:cdrom"] }),
      false,
    ],
    ["is a doctor's", thing("network", "1", { tags: [...tags(), "ovb:doctor"] }), false],
    [
      "is a doctor's without tags yet",
      thing("floating IP", "1", { tags: [], description: "a-doctor (ovb:lab=a)" }),
      false,
    ],
    [
      "is sync's credential",
      thing("application credential", "1", { name: "a-sync", tags: [], description: "x (ovb:lab=a)" }),
      false,
    ],
  ])("%s", (_, resource, expected) => expect(foreign(resource)).toEqual(expected ? [resource.id] : []));

  test("the refusal names what there is, whose it is, and the ways out", () => {
    const tenant = [
      ...["undercloud", "bmc", "node-0", "node-1", "node-2", "node-3"].map((id) => thing("server", id)),
      thing("network", "ctlplane", { tags: tags() }),
    ];
    expect(() => checkClaim(tenant, claim, "nothing was made")).toThrow(
      "The lab a on this tenant is not this stack's, so nothing was made. It was made by a version of ovb without marks, " +
        `or by a state that was lost and by the stack two (mark ${other}):\n` +
        "  - server: a-undercloud, a-bmc, a-node-0, a-node-1, and 2 more\n  - network: a-ctlplane\n" +
        'Either give this stack\'s lab another name, "ovb:lab" in its configuration (two labs of a tenant need two); ',
    );
    expect(() => checkClaim(tenant, claim)).toThrow(/`npx ovb take-over` says what it would take/);
    expect(() => checkClaim([], claim)).not.toThrow();
  });
});

describe("an up", () => {
  const mine = (kind: Kind, id: string, lab = "a") =>
    thing(kind, id, { name: `${lab}-${id}`, tags: ["ovb", `ovb:lab=${lab}`, ownerTag(markOfDev)] });

  test("goes on with the claim of its lab, whichever of the state's labs that is, or with none", () => {
    const half = { lab: "old", ids: new Set(["known"]) };
    expect(checkUp([mine("network", "known")], [half, claim], "a")).toBe(claim);
    expect(checkUp([], [half], "a")).toEqual({ lab: "a", ids: new Set() });
  });

  test("under another name is refused where the state has servers of the old one, with both ways out", () => {
    const old = { ...claim, lab: "old" };
    expect(() => checkUp([mine("server", "known", "old")], [old], "a")).toThrow(
      /made the lab old, .* names the lab a: that would delete old-known.*"ovb:lab: old".*npx ovb destroy/s,
    );
    // No disk is lost with a network, and a server that is gone is no loss.
    expect(checkUp([mine("network", "known", "old")], [old], "a").lab).toBe("a");
    expect(checkUp([mine("server", "another", "old")], [old], "a").lab).toBe("a");
  });

  test("is refused where another stack has taken over what the state still knows, under whatever name", () => {
    for (const lab of ["a", "renamed"])
      expect(() => checkUp([thing("network", "known")], [claim], lab)).toThrow(
        /stack rm --force --preserve-config/,
      );
  });
});
