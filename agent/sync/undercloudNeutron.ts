import { listNetworking, type Port } from "../../openstack/neutron";
import type { Session } from "../../openstack/session";
import { isAddress } from "../../plan/lab/ipv4";
import type { SourceSnapshot } from "./snapshot";

export interface UndercloudNeutron {
  readonly session: Session;
  /** Name of the provisioning network there: "ctlplane" in TripleO. */
  readonly network: string;
  /** Only ports whose name has this in it are VIPs. @default every port that belongs to nothing */
  readonly vipName?: string;
}

/**
 * The undercloud's own Neutron: a port with a node's MAC says the node's address; a port that belongs to nothing (TripleO's
 * `control_virtual_ip` and its like) is a VIP.
 * @throws Error when there is no such network, OpenStackError when Neutron does not answer
 */
export async function readUndercloudNeutron(
  { session, network, vipName = "" }: UndercloudNeutron,
  nodes: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<SourceSnapshot> {
  const networks = await listNetworking(session, "networks", { name: network, fields: ["id"] }, signal);
  if (networks.length !== 1) {
    const count = networks.length === 0 ? "no network" : `${networks.length} networks`;
    throw new Error(
      `The undercloud's Neutron has ${count} called "${network}": name its provisioning network by --undercloud-network (network of the source).`,
    );
  }
  const ports = await listNetworking(session, "ports", { network_id: networks[0]!.id }, signal);
  const addresses = new Map<string, string>();
  const vips: string[] = [];
  for (const port of ports) {
    const mac = port.mac_address.toLowerCase();
    const own = port.fixed_ips.map((ip) => ip.ip_address).filter(isAddress);
    if (nodes.has(mac)) {
      if (own[0]) addresses.set(mac, own[0]);
    } else if (isVip(port) && port.name.includes(vipName)) vips.push(...own);
  }
  return { addresses, vips };
}

/** "network:dhcp", "network:router_interface", "baremetal:none" and "compute:…" are somebody's own; "" and "neutron:…" nobody's. */
function isVip({ device_id, device_owner }: Port): boolean {
  return device_id === "" && (device_owner === "" || device_owner.startsWith("neutron:"));
}
