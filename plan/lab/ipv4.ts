/** An IPv4 network: its first address as an unsigned integer, its prefix length, its number of addresses. */
export interface Cidr {
  readonly base: number;
  readonly prefix: number;
  readonly size: number;
}

const octet = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const dotted = `${octet}(?:\\.${octet}){3}`;
const addressPattern = new RegExp(`^${dotted}$`);
const cidrPattern = new RegExp(`^(${dotted})/(3[0-2]|[12]?\\d)$`);

export function isAddress(text: string): boolean {
  return addressPattern.test(text);
}

/** "192.0.2.240" as an unsigned integer. The caller has checked it with isAddress. */
export function toNumber(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function toAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

/** "192.0.2.0/24" as a Cidr; undefined when the text is no CIDR or has bits set behind its prefix. */
export function parseCidr(text: string): Cidr | undefined {
  const match = cidrPattern.exec(text);
  if (!match) return undefined;
  const prefix = Number(match[2]);
  const size = 2 ** (32 - prefix);
  const base = toNumber(match[1]!);
  return base % size === 0 ? { base, prefix, size } : undefined;
}

/** An address as the CIDR that holds it alone, "192.0.2.50/32"; a CIDR as it is. */
export function toCidr(addressOrCidr: string): string {
  return addressOrCidr.includes("/") ? addressOrCidr : `${addressOrCidr}/32`;
}

export function contains(cidr: Cidr, address: string): boolean {
  const value = toNumber(address);
  return value >= cidr.base && value < cidr.base + cidr.size;
}

/** Whether a host may have the address: inside the network and neither its first nor its broadcast address. */
export function isHost(cidr: Cidr, address: string): boolean {
  const offset = toNumber(address) - cidr.base;
  return offset > 0 && offset < cidr.size - 1;
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.base < b.base + b.size && b.base < a.base + a.size;
}

/** The address at an offset from the start of the network. */
export function nth(cidr: Cidr, offset: number): string {
  return toAddress(cidr.base + offset);
}

/** The offset of an address from the start of the network. */
export function offsetOf(cidr: Cidr, address: string): number {
  return toNumber(address) - cidr.base;
}

/** The fewest CIDRs that hold the addresses from the first to the last and not one more. */
export function cidrsOf({ start, end }: { readonly start: string; readonly end: string }): string[] {
  const found: string[] = [];
  const last = toNumber(end);
  for (let base = toNumber(start); base <= last; ) {
    let size = 1;
    while (base % (2 * size) === 0 && base + 2 * size - 1 <= last) size *= 2;
    found.push(`${toAddress(base)}/${32 - Math.log2(size)}`);
    base += size;
  }
  return found;
}
