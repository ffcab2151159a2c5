import { expect, test } from "vitest";
import { readWish } from "../../../../../agent/bmc/faults/fault";

test("a wish without a time is for five minutes", () => {
  expect(readWish({ node: "node-0", kind: "silent" })).toEqual({
    node: "node-0",
    kind: "silent",
    seconds: 300,
  });
  expect(readWish({ node: "node-0", kind: "slow", ms: 5000, seconds: 60 })).toMatchObject({
    ms: 5000,
    seconds: 60,
  });
  expect(readWish({ node: "node-0", kind: "power-loss" })).toMatchObject({ kind: "power-loss" });
});

test("everything that is wrong is said at once", () => {
  expect(readWish({ kind: "loud", seconds: 0, every: 3, nic: 1 })).toEqual([
    "node: name one, such as node-0",
    "kind: one of silent, slow, busy, wrong, drop, unplugged, crash, power-loss",
    "seconds: a whole number, 1 to 86400",
    "every: only drop has it",
    "nic: not known",
  ]);
  expect(readWish({ node: "node-0", kind: "drop" })).toEqual(["every: drop needs a whole number, 1 to 1000"]);
  expect(readWish(undefined)).toContain("node: name one, such as node-0");
});

test("a disk that goes away is refused with the reason", () => {
  expect(readWish({ node: "node-0", kind: "disk" })).toEqual([
    expect.stringContaining("Nova takes no root disk away"),
  ]);
});
