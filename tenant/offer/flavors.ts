import type { Flavor } from "../../openstack/flavors";
import type { Image } from "../../openstack/glance";
import { judgeFit } from "../fit/images";

/** What a server of a role needs. */
export interface Need {
  /** MiB. */
  readonly ram: number;
  /** GiB. */
  readonly disk: number;
  /** What the devcloud and the documents call such a flavor: it wins where it fits. */
  readonly usual: string;
}

/**
 * Those that do, the smallest first; without any, those that come closest. A flavor whose disk is 0 comes last: Nova lets
 * few have one.
 * @param image that is to fit
 * @param scarce what the quota is short of
 */
export function flavorsFor(
  flavors: readonly Flavor[],
  need: Need,
  image?: Image,
  scarce: "ram" | "cores" = "ram",
): Flavor[] {
  const fits = (flavor: Flavor) => image === undefined || judgeFit("", image, flavor).status === "ok";
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
