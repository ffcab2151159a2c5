import type { LabPlan } from "../../lab/labPlan";
import { fill, guestFile } from "../guestFile";
import { onConsole, once, unit } from "../unit";
import { agentFolder } from "./units";

const nicsTemplate = guestFile("bmc/nics.sh");

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
      return { unit: networkUnit(`/bin/sh -c 'exec ip route replace local ${plan.bmc.block} dev lo'`) };
    case "nic":
      return { unit: networkUnit(`/bin/sh ${agentFolder}/bmc-nics.sh`), script: nicScript(plan) };
    default:
      return undefined;
  }
}

/**
 * A local route makes a block the machine's own without an address for each (AnyIP, Linux 2.6.37): sockets can be bound
 * to it and the kernel answers ARP for it.
 */
function networkUnit(command: string): string {
  return unit({
    description: "OVB: the addresses of the nodes' BMCs",
    unit: { After: "network.target systemd-networkd.service NetworkManager.service" },
    service: { ...once(command), StandardError: onConsole.StandardError },
  });
}

/**
 * Several NICs on one subnet, the BMC's own among them: without a rule for each address all answers would leave by the NIC
 * whose route the network daemon happened to make first, and its port security drops them. `proto kernel` keeps systemd-networkd from removing what it did not make (ManageForeignRoutes=).
 */
function nicScript(plan: LabPlan): string {
  const { subnet } = plan.ctlplane;
  const gateway = plan.router?.ctlplanePort?.address;
  const nics = plan.bmc!.ports.filter(({ network }) => network === "ctlplane");
  return fill(nicsTemplate, {
    values: {
      CIDR: subnet.cidr,
      PREFIX: subnet.cidr.split("/")[1]!,
      GATEWAY: gateway ?? "",
      NICS: nics.map(({ mac, address }, i) => `nic ${1000 + i} ${mac} ${address}`).join("\n"),
    },
    parts: { gateway: gateway !== undefined },
  });
}
