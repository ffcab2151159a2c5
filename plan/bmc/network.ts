import type { LabPlan } from "../labPlan";
import { agentFolder } from "./systemdUnits";

/** What the guest needs beside its network daemon for the nodes' BMC addresses to work. */
export interface NetworkSetup {
  readonly unit: string;
  /** For `sh`, run by the unit at each boot; absent where the unit has it all. */
  readonly script?: string;
}

/** Undefined in mode `port`: the BMC's own address is all there is. */
export function networkSetup(plan: LabPlan): NetworkSetup | undefined {
  switch (plan.bmc?.mode) {
    case "address":
      return { unit: unit(`/bin/sh -c 'exec ip route replace local ${plan.bmc.block} dev lo'`) };
    case "nic":
      return { unit: unit(`/bin/sh ${agentFolder}/bmc-nics.sh`), script: nicScript(plan) };
    default:
      return undefined;
  }
}

/**
 * A local route makes a block the machine's own without an address for each (AnyIP, Linux 2.6.37): sockets can be bound
 * to it and the kernel answers ARP for it.
 */
function unit(command: string): string {
  return `[Unit]
Description=OVB: the addresses of the nodes' BMCs
After=network.target systemd-networkd.service NetworkManager.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${command}
StandardError=journal+console
`;
}

/**
 * Several NICs on one subnet, the BMC's own among them: without a rule for each address all answers would leave by the NIC
 * whose route the network daemon happened to make first, and its port security drops them. `proto kernel` keeps systemd-networkd from removing what it did not make (ManageForeignRoutes=).
 */
function nicScript(plan: LabPlan): string {
  const { subnet } = plan.ctlplane;
  const prefix = subnet.cidr.split("/")[1]!;
  const gateway = plan.router?.interfaces.includes("ctlplane") ? subnet.gateway : undefined;
  const nics = plan.bmc!.ports.filter(({ network }) => network === "ctlplane");
  return `#!/bin/sh
# Made by OVB: the BMC's address and each node's on a NIC of its own, with a routing table of its own.
set -eu
echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore
echo 2 >/proc/sys/net/ipv4/conf/all/arp_announce
echo 2 >/proc/sys/net/ipv4/conf/all/rp_filter

nic() {
  table=$1 mac=$2 address=$3 device= tries=0
  while :; do
    for path in /sys/class/net/*; do
      if [ "$(cat "$path/address")" = "$mac" ]; then device=\${path##*/}; fi
    done
    [ -z "$device" ] || break
    tries=$((tries + 1))
    if [ $tries -gt 30 ]; then echo "ovb-bmc: no NIC with MAC $mac" >&2; exit 1; fi
    sleep 1
  done
  ip link set "$device" up
  ip address replace "$address/${prefix}" dev "$device"
  ip route replace ${subnet.cidr} dev "$device" src "$address" proto kernel table "$table"
${gateway ? `  ip route replace default via ${gateway} dev "$device" src "$address" proto kernel table "$table"\n` : ""}  while ip rule del pref "$table" 2>/dev/null; do :; done
  ip rule add pref "$table" from "$address" lookup "$table" protocol kernel
}

${nics.map(({ mac, address }, i) => `nic ${1000 + i} ${mac} ${address}`).join("\n")}
`;
}
