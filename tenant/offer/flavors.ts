import type { Flavor } from "../../openstack/flavors";

/** What a server of a role needs. */
export interface Need {
  /** MiB. */
  readonly ram: number;
  /** GiB. */
  readonly disk: number;
  /** What the devcloud and the documents call such a flavor: it wins where it fits. */
  readonly usual: string;
}

/** Measured: docs/ironic.md, docs/bmc.md. */
export const needs = {
  /** Of an image that brings Ironic. */
  ironic: { ram: 1024, disk: 8, usual: "undercloud" },
  bootServer: { ram: 512, disk: 4, usual: "m1.small" },
  bmc: { ram: 512, disk: 4, usual: "m1.small" },
  node: { ram: 1024, disk: 4, usual: "baremetal" },
} satisfies Record<string, Need>;

/**
 * Those that do, the smallest first; without any, those that come closest. A flavor whose disk is 0 comes last: Nova lets
 * few have one.
 * @param fits whether the image that is to boot on it does
 * @param scarce what the quota is short of
 */
export function flavorsFor(
  flavors: readonly Flavor[],
  need: Need,
  fits: (flavor: Flavor) => boolean = () => true,
  scarce: "ram" | "cores" = "ram",
): Flavor[] {
  const does = (flavor: Flavor) => flavor.ram >= need.ram && flavor.disk >= need.disk && fits(flavor);
  const special = (flavor: Flavor) => (/gpu|nvidia|win|arm/i.test(flavor.name) ? 1 : 0);
  const usual = ({ name }: Flavor) => (name === need.usual ? 0 : 1);
  const size = ({ ram, vcpus, disk }: Flavor) => (scarce === "ram" ? [ram, vcpus, disk] : [vcpus, ram, disk]);
  const smallest = (a: Flavor, b: Flavor) => {
    const [sizeA, sizeB] = [size(a), size(b)];
    return sizeA.map((one, i) => one - sizeB[i]!).find((difference) => difference !== 0) ?? 0;
  };
  const order = (a: Flavor, b: Flavor) =>
    usual(a) - usual(b) || special(a) - special(b) || smallest(a, b) || a.name.localeCompare(b.name);
  const good = flavors.filter(does).sort(order);
  if (good.length > 0) return good;
  const near = flavors.filter((flavor) => flavor.disk > 0 && fits(flavor)).sort((a, b) => -smallest(a, b));
  return near.length > 0 ? near : flavors.filter(fits).sort((a, b) => -smallest(a, b));
}
