import { parseCidr, toAddress, toCidr } from "../../plan/lab/ipv4";

/**
 * The fewest CIDRs that hold these addresses and not one more, in ascending order.
 * Exact, because an address too many is one that a node could take from another.
 * @param list addresses or CIDRs; a text that is neither is the caller's mistake
 */
export function aggregate(list: readonly string[]): string[] {
  const blocks = new Map<string, { base: number; size: number }>();
  const add = (base: number, size: number) => blocks.set(`${base}/${size}`, { base, size });
  for (const text of list) {
    const { base, size } = parseCidr(toCidr(text))!;
    add(base, size);
  }
  const inside = (a: { base: number; size: number }, b: { base: number; size: number }) =>
    a !== b && a.base >= b.base && a.base + a.size <= b.base + b.size;
  const sizes = Array.from({ length: 32 }, (_, bit) => 2 ** bit);
  for (const size of sizes) {
    for (const block of [...blocks.values()].filter((one) => one.size === size)) {
      const left = Math.floor(block.base / (2 * size)) * 2 * size;
      if (block.base !== left || !blocks.has(`${left + size}/${size}`)) continue;
      blocks.delete(`${left}/${size}`);
      blocks.delete(`${left + size}/${size}`);
      add(left, 2 * size);
    }
  }
  const all = [...blocks.values()];
  return all
    .filter((one) => !all.some((other) => inside(one, other)))
    .sort((a, b) => a.base - b.base)
    .map(({ base, size }) => `${toAddress(base)}/${32 - Math.log2(size)}`);
}
