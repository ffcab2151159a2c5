import { expect, test } from "vitest";
import { ByAddress } from "../../../../agent/service/byAddress";

test("the address that has most gives up its oldest, as long as it has most", () => {
  const open = new ByAddress<string>();
  expect(open.oldestOfMost()).toBeUndefined();
  for (const one of ["a1", "a2", "a3"]) open.add("a", one);
  for (const one of ["b1", "b2"]) open.add("b", one);
  expect(open.oldestOfMost()).toBe("a1");
  expect(open.delete("a", "a1")).toBe(true);
  expect(open.delete("a", "a1")).toBe(false);
  open.delete("a", "a2");
  expect(open.oldestOfMost()).toBe("b1");
  for (const one of ["b1", "b2"]) open.delete("b", one);
  expect(open.oldestOfMost()).toBe("a3");
  open.delete("a", "a3");
  expect(open.oldestOfMost()).toBeUndefined();
});
