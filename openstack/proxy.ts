import { BlockList, isIP } from "node:net";
import { Secret } from "./secret";

/** What the environment says of proxies, by the rules of Go's ProxyFromEnvironment, as Pulumi's provider follows those. */
export interface ProxySettings {
  /** For http URLs, and the variable that says so. */
  readonly http?: ProxyChoice;
  readonly https?: ProxyChoice;
  /** NO_PROXY, its entries. */
  readonly none: readonly string[];
}

export interface ProxyChoice {
  /** May hold a password. */
  readonly url: Secret;
  readonly variable: string;
}

/** Undefined where no proxy is set. */
export function proxySettings(env: NodeJS.ProcessEnv): ProxySettings | undefined {
  const first = (...names: string[]): ProxyChoice | undefined => {
    const variable = names.find((name) => env[name]);
    return variable === undefined ? undefined : { url: new Secret(env[variable]!), variable };
  };
  const [http, https] = [first("HTTP_PROXY", "http_proxy"), first("HTTPS_PROXY", "https_proxy")];
  if (http === undefined && https === undefined) return undefined;
  const none = (env.NO_PROXY || env.no_proxy || "").split(",").map((entry) => entry.trim().toLowerCase());
  return { http, https, none: none.filter((entry) => entry !== "") };
}

/** The proxy that leads to a URL; undefined: none, go there directly. */
export function proxyFor(settings: ProxySettings | undefined, url: URL): ProxyChoice | undefined {
  const choice = url.protocol === "https:" ? settings?.https : settings?.http;
  if (settings === undefined || choice === undefined) return undefined;
  const host = url.hostname.toLowerCase().replace(/^\[|\]$/g, "");
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  // Go never asks a proxy for this machine.
  if (host === "localhost" || inBlock(host, "127.0.0.0/8") || host === "::1") return undefined;
  return settings.none.some((entry) => matches(entry, host, port)) ? undefined : choice;
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return inBlock(host, entry);
  const [, name = entry, wanted] = /^(.+?):(\d+)$/.exec(isIP(entry) ? "" : entry) ?? [];
  if (wanted !== undefined && wanted !== port) return false;
  const bare = name.replace(/^\[|\]$/g, "");
  if (isIP(bare)) return bare === host;
  // "example.org" is the host and what is below it; ".example.org" and "*.example.org" only what is below.
  const domain = bare.replace(/^\*(?=\.)/, "");
  return domain.startsWith(".") ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

function inBlock(host: string, cidr: string): boolean {
  const [base = "", prefix = ""] = cidr.split("/");
  const family = isIP(base) === 6 ? "ipv6" : "ipv4";
  if (isIP(host) === 0 || isIP(host) !== isIP(base) || !/^\d+$/.test(prefix)) return false;
  const block = new BlockList();
  block.addSubnet(base, Number(prefix), family);
  return block.check(host, family);
}
