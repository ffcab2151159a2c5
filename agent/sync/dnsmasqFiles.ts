import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { isAddress } from "../../plan/lab/ipv4";
import type { SourceSnapshot } from "./snapshot";

export interface DnsmasqFiles {
  /** A folder as dnsmasq's --dhcp-hostsdir, or a file as its --dhcp-hostsfile. */
  readonly hosts?: string;
  /** As dnsmasq's --dhcp-leasefile. A host's entry wins over its lease. */
  readonly leases?: string;
}

/**
 * What the undercloud's dnsmasq gives out. It knows no VIPs.
 * @throws Error when a file cannot be read: nothing is then known
 */
export async function readDnsmasqFiles(
  { hosts, leases }: DnsmasqFiles,
  now = Date.now(),
): Promise<SourceSnapshot> {
  const addresses = new Map<string, string>();
  if (leases) for (const [mac, ip] of parseLeases(await read(leases), now)) addresses.set(mac, ip);
  if (hosts) for (const [mac, ip] of parseHosts(await readHosts(hosts))) addresses.set(mac, ip);
  return { addresses, vips: [] };
}

/** Lines of `MAC[,MAC…][,set:tag…],ADDRESS[,name][,lease]`; one without an address, or with `ignore`, says none. */
export function parseHosts(text: string): [mac: string, address: string][] {
  return text.split(/\r?\n/).flatMap((line) => {
    const fields = line.split(",").map((field) => field.trim());
    const address = fields.find(isAddress);
    if (line.startsWith("#") || address === undefined || fields.includes("ignore")) return [];
    return fields.flatMap((field): [string, string][] => {
      const mac = macOf(field);
      return mac ? [[mac, address]] : [];
    });
  });
}

/** Lines of `EXPIRY MAC ADDRESS NAME CLIENT-ID`, the expiry in seconds since 1970, 0 for never. */
export function parseLeases(text: string, now: number): [mac: string, address: string][] {
  return text.split(/\r?\n/).flatMap((line): [string, string][] => {
    const [expiry = "", hardware = "", address = ""] = line.split(" ");
    const mac = macOf(hardware);
    const isOver = expiry !== "0" && Number(expiry) * 1000 < now;
    return mac && isAddress(address) && !isOver ? [[mac, address]] : [];
  });
}

/** With Ethernet's hardware type before it, or without. */
function macOf(field: string): string | undefined {
  return /^(?:0?1-)?((?:[0-9a-f]{2}:){5}[0-9a-f]{2})$/.exec(field.toLowerCase())?.[1];
}

async function readHosts(path: string): Promise<string> {
  if (!(await stat(path).catch((error) => unreadable(path, error))).isDirectory()) return read(path);
  const names = await readdir(path);
  // Those that dnsmasq itself passes over: editors' leftovers.
  const used = names.filter((name) => !/^[.#]|[~#]$/.test(name)).sort();
  const texts = await Promise.all(used.map((name) => read(join(path, name), true)));
  return texts.join("\n");
}

async function read(path: string, mayBeGone = false): Promise<string> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    // Ironic takes hosts away while we read.
    if (mayBeGone && error.code === "ENOENT") return "";
    return unreadable(path, error);
  });
}

function unreadable(path: string, { code }: NodeJS.ErrnoException): never {
  throw new Error(`${path} cannot be read (${code}): check the path, and that sync may read it.`);
}
