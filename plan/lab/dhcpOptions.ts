import { isAddress } from "./ipv4";
import type { NetworkBackend } from "./networkBackend";

/** A DHCP option of a port, by Neutron's name (extra_dhcp_opts). The API takes any name and value, on every backend. */
export interface DhcpOption {
  readonly name: string;
  readonly value: string;
}

/** Why an option does not arrive as it is written. */
export interface OptionFault {
  /** Whether the port then gets no DHCP answer at all; otherwise only this option is lost. */
  readonly isFatal: boolean;
  /** "is left out", to follow the option's name. */
  readonly message: string;
}

/** @returns undefined where it arrives */
export function optionFault(backend: NetworkBackend, option: DhcpOption): OptionFault | undefined {
  return backend === "ovn" ? faultOnOvn(option) : faultWithDnsmasq(option);
}

/**
 * What OVN's own DHCP server can send, by Neutron's name, with its type: SUPPORTED_DHCP_OPTS_MAPPING of
 * neutron/common/ovn/constants.py (the same from 2022.1 to 2025.1) and lib/ovn-l7.h of OVN.
 */
const ovnTypes: ReadonlyMap<string, "text" | "addresses" | "number" | "routes" | "bare routes"> = new Map(
  (
    [
      ["text", "domain-name domain-search tftp-server bootfile-name bootfile-name-alt wpad path-prefix"],
      ["text", "15 119 66 67 252 210"],
      ["addresses", "netmask router dns-server log-server lpr-server swap-server policy-filter"],
      [
        "addresses",
        "router-solicitation nis-server ntp-server server-id tftp-server-address server-ip-address",
      ],
      ["addresses", "1 3 6 7 9 16 21 32 41 42 54 150 255"],
      ["number", "arp-timeout tcp-keepalive ip-forward-enable router-discovery ethernet-encap default-ttl"],
      ["number", "tcp-ttl mtu lease-time T1 T2 35 38 19 31 36 23 37 26 51 58 59"],
      ["routes", "classless-static-route 121"],
      ["bare routes", "ms-classless-static-route 249"],
    ] as const
  ).flatMap(([type, names]) => names.split(" ").map((name) => [name, type] as const)),
);

/**
 * Neutron writes the value into a flow as it is: what OVN cannot read there takes the whole answer away, without an error
 * anywhere. It quotes texts and, of lists, braces option 121 alone (common/ovn/utils.py, get_lsp_dhcp_opts).
 */
function faultOnOvn({ name, value }: DhcpOption): OptionFault | undefined {
  if (name === "dhcp_disabled") return undefined;
  const type = ovnTypes.get(name);
  if (type === undefined)
    return { isFatal: false, message: "is left out: OVN's DHCP server does not know it" };
  const broken = (as: string) => ({
    isFatal: true,
    message: `${JSON.stringify(value)} takes the port's whole DHCP answer away: OVN reads ${as}`,
  });
  switch (type) {
    case "text":
      return /["\\\n]/.test(value.replace(/^"(.*)"$/, "$1"))
        ? broken("no quote, backslash or new line in it")
        : undefined;
    case "addresses":
      return isAddress(value) || (elements(value)?.every(isAddress) ?? false)
        ? undefined
        : broken("one address, or several in braces: {192.0.2.1, 192.0.2.2}");
    case "number":
      return isNumber(value) ? undefined : broken("a whole number");
    case "routes":
      return areRoutes(elements(value) ?? elements(`{${value}}`)!)
        ? undefined
        : broken("network,gateway pairs: 198.51.100.0/24,192.0.2.1");
    case "bare routes":
      return areRoutes(elements(value) ?? [])
        ? undefined
        : broken("network,gateway pairs in braces: {198.51.100.0/24,192.0.2.1}");
  }
}

/** dnsmasq's own names are many, and an agent's dnsmasq says nothing of a bad one; these were seen. */
function faultWithDnsmasq({ name, value }: DhcpOption): OptionFault | undefined {
  const lost = (message: string) => ({ isFatal: false, message });
  if (name === "dhcp_disabled") return lost("is ignored: dnsmasq does not know it, and answers the port");
  if (["lease-time", "51", "server-id", "54"].includes(name)) return lost("is not in dnsmasq's answer");
  if (elements(value))
    return lost(`${JSON.stringify(value)} does not arrive: dnsmasq takes lists without braces`);
  if (["mtu", "26"].includes(name) && !isNumber(value))
    return lost(`${JSON.stringify(value)} arrives as another number: dnsmasq sends what is none as text`);
  return undefined;
}

function isNumber(value: string): boolean {
  return /^(\d+|0x[0-9a-f]+)$/i.test(value);
}

/** Of "{a, b}"; undefined without braces. */
function elements(value: string): string[] | undefined {
  const inner = /^\{(.*)\}$/.exec(value)?.[1];
  return inner?.split(",").map((part) => part.trim());
}

function areRoutes(parts: readonly string[]): boolean {
  const isNetwork = (text: string) => {
    const [address = "", prefix = "32", ...rest] = text.split("/");
    return isAddress(address) && /^(3[0-2]|[12]?\d)$/.test(prefix) && rest.length === 0;
  };
  return (
    parts.length >= 2 &&
    parts.length % 2 === 0 &&
    parts.every((part, i) => (i % 2 === 0 ? isNetwork(part) : isAddress(part)))
  );
}
