import { metadataAddress } from "../../lab/layout";
import { bootSandbox } from "../hardening";
import { onConsole, once, restarting, unit } from "../unit";

/** Python's own http.server. Each request goes to the console, so that Nova shows from outside who fetched what. */
export function bootUnit(port: number, folder: string): string {
  return unit({
    description: "OVB boot server: boot.ipxe and inspector.ipxe for the baremetal nodes",
    unit: { After: "network.target" },
    service: {
      ExecStart: `/usr/bin/python3 -u -m http.server ${port} --directory ${folder}`,
      ...onConsole,
      ...restarting(1),
      DynamicUser: "yes",
      ...bootSandbox({ families: "AF_INET AF_INET6 AF_UNIX", devices: false }),
      CapabilityBoundingSet: "",
      MemoryMax: "64M",
    },
    atBoot: true,
  });
}

/** DHCP's port is a low one, and a socket is bound to the NIC; beyond that it may do what the boot server may. */
export function dhcpUnit(script: string, config: string): string {
  const capabilities = "CAP_NET_BIND_SERVICE CAP_NET_RAW";
  return unit({
    description: "OVB DHCP: an address and a boot file for each baremetal node, by its planned MAC",
    unit: { After: "network.target" },
    service: {
      ExecStart: `/usr/bin/python3 -u ${script} ${config}`,
      ...onConsole,
      ...restarting(1),
      DynamicUser: "yes",
      AmbientCapabilities: capabilities,
      CapabilityBoundingSet: capabilities,
      ...bootSandbox({ families: "AF_INET AF_NETLINK AF_UNIX", devices: true }),
      MemoryMax: "64M",
    },
    atBoot: true,
  });
}

/** On lo, so that no network daemon of the distribution takes it away again. */
export const metadataAddressUnit = unit({
  description: `OVB: answer on ${metadataAddress}, where the ctlplane's host route sends the nodes`,
  unit: { Before: "ovb-boot.service" },
  service: once(`/bin/sh -c 'exec ip address replace ${metadataAddress}/32 dev lo'`),
  atBoot: true,
});
