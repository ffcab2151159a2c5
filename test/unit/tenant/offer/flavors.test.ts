import { expect, it } from "vitest";
import type { Flavor } from "../../../../openstack/flavors";
import { flavorsFor } from "../../../../tenant/offer/flavors";

const flavor = (name: string, vcpus: number, ram: number, disk: number): Flavor => ({
  id: name,
  name,
  vcpus,
  ram,
  disk,
});
const need = { ram: 1024, disk: 8, usual: "undercloud" };
const names = (flavors: Flavor[], ...more: [fits?: (flavor: Flavor) => boolean, scarce?: "ram" | "cores"]) =>
  flavorsFor(flavors, need, ...more).map(({ name }) => name);

it("gives the smallest that does, by what the quota is short of", () => {
  const flavors = [flavor("big", 8, 16_384, 80), flavor("wide", 1, 4096, 20), flavor("flat", 4, 2048, 20)];
  expect(names([...flavors, flavor("tiny", 1, 512, 4)])).toEqual(["flat", "wide", "big"]);
  expect(names(flavors, undefined, "cores")).toEqual(["wide", "flat", "big"]);
});

it("prefers the usual one, and leaves special hardware to who asks for it", () => {
  const flavors = [
    flavor("gpu.small", 1, 1024, 8),
    flavor("s1", 1, 2048, 10),
    flavor("undercloud", 4, 8192, 40),
  ];
  expect(names(flavors)).toEqual(["undercloud", "s1", "gpu.small"]);
});

it("gives what comes closest where none does; no disk at all last", () => {
  expect(names([flavor("a", 1, 512, 4), flavor("b", 1, 768, 4), flavor("zero", 8, 9999, 0)])[0]).toBe("b");
  expect(names([flavor("zero", 8, 9999, 0)])).toEqual(["zero"]);
});

it("leaves out what an image does not fit", () => {
  const flavors = [flavor("a", 1, 1024, 20), flavor("b", 1, 2048, 40)];
  expect(names(flavors, ({ disk }) => disk >= 30)).toEqual(["b"]);
});
