import type { DhcpPlan, LabPlan } from "../../lab/labPlan";
import { metadataAddress } from "../../lab/layout";
import { fill, guestFile } from "../guestFile";

export const dhcpScriptPath = "/usr/local/lib/ovb/dhcp.py";
export const dhcpConfigPath = "/etc/ovb/dhcp.json";

/**
 * A DHCP server (RFC 2131, 2132) for the nodes alone. A planned MAC holds the offset of the node's address in its last
 * 12 bits, so the server needs no list of nodes, and the undercloud stays the same when nodes come or go.
 */
export function dhcpScript({ gateway }: DhcpPlan): string {
  return fill(guestFile("bootServer/dhcp.py"), { parts: { gateway: gateway !== undefined } });
}

/**
 * The script's configuration.
 * @param metadata whether nodes are to reach the metadata address at this server
 */
export function dhcpConfig(
  { ctlplane }: LabPlan,
  { firstMac, bootFile, gateway }: DhcpPlan,
  metadata: boolean,
): string {
  const { server: address, mtu, subnet } = ctlplane;
  const { cidr, dns } = subnet;
  const config = {
    ...{ address, cidr, mtu, dns, firstMac, bootFile, metadata: metadata ? metadataAddress : null },
    ...(gateway && { gateway }),
  };
  return `${JSON.stringify(config, undefined, 1)}\n`;
}
