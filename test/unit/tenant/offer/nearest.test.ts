import { expect, it } from "vitest";
import { nearest } from "../../../../tenant/offer/nearest";

it.each([
  ["Debian 13", "debian-13"],
  ["m1.smal", "m1.small"],
  ["baremetall", "baremetal"],
  ["debian-12", "debian-13"],
  ["s1", undefined],
  ["gigantic", undefined],
  ["", undefined],
])("%s is %s", (word, name) => {
  expect(nearest(["debian-13", "m1.small", "baremetal", "s2"], word)).toBe(name);
});
