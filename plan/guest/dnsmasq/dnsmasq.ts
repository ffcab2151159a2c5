import { parseCidr, toAddress, toNumber } from "../../lab/ipv4";
import type { PxePlan } from "../../lab/labPlan";
import { metadataAddress } from "../../lab/layout";
import type { CtlplanePlan } from "../../lab/networkPlan";
import { fill, guestFile } from "../guestFile";
import { bootSandbox } from "../hardening";
import { ironicFolder } from "../ironic/install";
import { onConsole, restarting, unit } from "../unit";

export const dnsmasqConfPath = "/etc/ovb/dnsmasq.conf";
export const dnsmasqServePath = "/usr/local/lib/ovb/dhcp.sh";
export const dnsmasqInstallPath = "/usr/local/lib/ovb/dhcp-install.sh";

/** What dnsmasq serves by TFTP: an iPXE for each firmware, by the names that `dnsmasqConf` gives. */
const tftpFolder = "/srv/ovb/tftp";

/** Where an undercloud's image may bring these two. */
export const packedIpxe = `${ironicFolder}/ipxe`;

/**
 * dnsmasq's configuration: DHCP for hosts that it is told of and nobody else, no DNS. A plain PXE ROM gets iPXE by TFTP
 * (RFC 4578 has the numbers of option 93), and what is iPXE, that one included, the lab's boot script.
 */
export function dnsmasqConf(ctlplane: CtlplanePlan, dhcp: PxePlan): string {
  const { server: address, mtu, subnet } = ctlplane;
  const { bootFile, gateway, metadata } = dhcp;
  const [network] = subnet.cidr.split("/");
  const routes = [
    ...(metadata ? [`${metadataAddress}/32,${address}`] : []),
    // A client that takes these routes leaves the router of option 3 out (RFC 3442).
    ...(gateway ? [`0.0.0.0/0,${gateway}`] : []),
  ];
  // An option without a value keeps dnsmasq from naming itself.
  const option = (name: string, values: readonly string[]) =>
    `dhcp-option=${[`option:${name}`, ...values].join(",")}`;
  return `${[
    "port=0",
    "bind-dynamic",
    "log-facility=-",
    "dhcp-authoritative",
    `dhcp-range=${network},static,${netmask(subnet.cidr)},24h`,
    "dhcp-ignore=tag:!known",
    option("router", gateway ? [gateway] : []),
    option("dns-server", subnet.dns),
    ...(metadata ? [option("classless-static-route", routes)] : []),
    // To whoever does not ask for it, too, as OVN does.
    `dhcp-option-force=option:mtu,${mtu}`,
    "dhcp-userclass=set:ipxe,iPXE",
    "dhcp-match=set:efi,option:client-arch,7",
    "dhcp-match=set:efi,option:client-arch,9",
    `dhcp-boot=tag:ipxe,${bootFile},,${address}`,
    `dhcp-boot=tag:!ipxe,tag:efi,ipxe.efi,,${address}`,
    `dhcp-boot=tag:!ipxe,tag:!efi,undionly.kpxe,,${address}`,
    "enable-tftp",
    `tftp-root=${tftpFolder}`,
  ].join("\n")}\n`;
}

/**
 * Starts dnsmasq on the NIC that has the undercloud's address. A planned MAC holds the offset of the node's address in
 * its last 12 bits, so it needs no list of nodes, and the undercloud stays the same when nodes come or go.
 */
export function dnsmasqServeScript({ server, subnet }: CtlplanePlan, dhcp: PxePlan): string {
  const { base, size } = parseCidr(subnet.cidr)!;
  return fill(guestFile("dnsmasq/serve.sh"), {
    values: {
      ...{ ADDRESS: server, CONF: dnsmasqConfPath, BASE: base, LAST: size - 2 },
      OTHERS: dhcp.others.map((one) => toNumber(one) - base).join(" "),
      MAC: dhcp.firstMac.slice(0, "00:00:00:00".length),
      OCTET: Number.parseInt(dhcp.firstMac.slice("00:00:00:00:".length), 16),
    },
  });
}

export const dnsmasqInstallScript = fill(guestFile("dnsmasq/install.sh"), {
  values: { TFTP: tftpFolder, PACKED: packedIpxe },
});

/** The first command is root's own: it installs packages. After Ironic's setup, which does so too. */
export function dnsmasqUnit(after: string): string {
  const capabilities = "CAP_NET_ADMIN CAP_NET_BIND_SERVICE CAP_NET_RAW";
  return unit({
    description: "OVB DHCP: an address and a boot file for each baremetal node, by its planned MAC",
    unit: { After: after, StartLimitIntervalSec: 0 },
    service: {
      ExecStartPre: `+/bin/sh ${dnsmasqInstallPath}`,
      ExecStart: `/bin/sh ${dnsmasqServePath}`,
      TimeoutStartSec: "infinity",
      ...onConsole,
      ...restarting(1),
      DynamicUser: "yes",
      RuntimeDirectory: "ovb-dhcp",
      StateDirectory: "ovb-dhcp",
      AmbientCapabilities: capabilities,
      CapabilityBoundingSet: capabilities,
      ...bootSandbox({ families: "AF_INET AF_INET6 AF_NETLINK AF_PACKET AF_UNIX", devices: true }),
      MemoryMax: "64M",
    },
    atBoot: true,
  });
}

function netmask(cidr: string): string {
  return toAddress(2 ** 32 - parseCidr(cidr)!.size);
}
