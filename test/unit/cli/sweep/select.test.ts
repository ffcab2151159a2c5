import { describe, expect, it, test } from "vitest";
import type { HeldLab } from "../../../../cli/stack/stateFile";
import type { LabLeftovers } from "../../../../cli/sweep/leftovers";
import { type Choice, select } from "../../../../cli/sweep/select";

const now = 1_000_000;
const none: Choice = { lab: [], expired: false, all: false };

function lab(name: string, owner: string | undefined, facts: Partial<LabLeftovers> = {}): LabLeftovers {
  const id = `${name}-${owner}`;
  const resource = { kind: "network" as const, id, name, tags: [], description: "" };
  const leftovers = [{ resource, lab: name, owner, because: "tag" as const }];
  return { lab: name, owner, leftovers, kept: [], madeMs: now - 500, expiresMs: now - 1, ...facts };
}

const dev = lab("a", "dev.1");
const two = lab("a", "two.2");
const old = lab("b", undefined);
const held = { lab: "a", owner: "dev.1", ids: new Set<string>(), stack: "dev" };
const chosen = (choice: Partial<Choice>, labs = [dev, two, old], states: readonly HeldLab[] = [held]) =>
  select(labs, { ...none, ...choice }, states, now).chosen.map(({ lab: name, owner }) => `${name} ${owner}`);

describe("sweep", () => {
  test("a name that two stacks' labs have is refused, with the marks", () => {
    expect(() => chosen({ lab: ["a"] })).toThrow(
      /nothing was removed. Say whose with --owner MARK:\n {2}- a: dev\.1, two\.2$/,
    );
    expect(chosen({ lab: ["a"], owner: "two.2" })).toEqual(["a two.2"]);
    expect(chosen({ owner: "none" })).toEqual(["b undefined"]);
  });

  it("by a name that a stack on this machine has for a lab of which nothing is there refuses another's", () => {
    expect(() => chosen({ lab: ["a"] }, [two])).toThrow(/- a: two\.2, dev\.1/);
    expect(chosen({ lab: ["a"] }, [two], [])).toEqual(["a two.2"]);
  });

  it("leaves to its stack what that has in its state on this machine, by name, age and expiry", () => {
    for (const choice of [{ lab: ["a"] }, { olderThan: 1 }, { expired: true }]) {
      const selection = select([dev], { ...none, ...choice }, [held], now);
      expect(selection).toEqual({ chosen: [], left: [{ lab: "a", owner: "dev.1", stack: "dev" }] });
    }
    expect(chosen({ expired: true })).toEqual(["a two.2", "b undefined"]);
  });

  it("by ids where what a state has bears no mark", () => {
    const state = { lab: "b", ids: new Set(["b-undefined"]), stack: "qa" };
    expect(chosen({ lab: ["b"] }, [old], [state])).toEqual([]);
  });

  it("takes a live lab where a mark, a state or --all says so", () => {
    expect(chosen({ owner: "dev.1" })).toEqual(["a dev.1"]);
    expect(chosen({ all: true })).toEqual(["a dev.1", "a two.2", "b undefined"]);
    const state = { labs: ["a"], claims: [held], ids: new Map() };
    expect(chosen({ state })).toEqual(["a dev.1"]);
  });

  it("takes no unknown age for old, and no missing expiry for over", () => {
    const ageless = lab("c", "c.1", { madeMs: undefined, expiresMs: undefined });
    expect(chosen({ olderThan: 1 }, [ageless])).toEqual([]);
    expect(chosen({ expired: true }, [ageless])).toEqual([]);
    expect(chosen({ olderThan: 499 }, [dev], [])).toEqual(["a dev.1"]);
    expect(chosen({ olderThan: 501 }, [dev], [])).toEqual([]);
  });
});
