import type { LabPlan } from "./labPlan";
import { type BackendFinding, type NetworkBackend, networkBackends } from "./networkBackend";
import type { DhcpServer } from "./networkPlan";

const fromUndercloud = [{ path: ["ctlplane", "dhcpServer"], value: "undercloud" }];

/** What the findings and doctor call it. */
export const dhcpSubject = "the nodes' DHCP";

/** The mode by which the undercloud can serve the nodes' DHCP: where port security may stay on, the one that keeps it. */
export function undercloudMode(backend: NetworkBackend): DhcpServer {
  const { letsVmServeDhcp, hasDhcpDisabled } = networkBackends[backend];
  return letsVmServeDhcp && hasDhcpDisabled ? "undercloud-ovn" : "undercloud";
}

/** What of the plan's DHCP for the nodes this backend does otherwise. None: the server that is planned answers, it alone. */
export function dhcpFindings(plan: LabPlan, backend: NetworkBackend): BackendFinding[] {
  const fault = faultOf(plan, backend);
  return fault ? [{ subject: dhcpSubject, ...fault }] : [];
}

function faultOf(
  { ctlplane, undercloud }: LabPlan,
  backend: NetworkBackend,
): Omit<BackendFinding, "subject"> | undefined {
  const { dhcpServer, portSecurity, subnet } = ctlplane;
  const { letsVmServeDhcp, hasDhcpDisabled } = networkBackends[backend];
  const isOpen = portSecurity === "disabled";
  switch (dhcpServer) {
    case "undercloud-ovn":
      if (subnet.dhcp && !hasDhcpDisabled)
        return {
          isFatal: true,
          message:
            "the cloud's DHCP server ignores dhcp_disabled and answers the nodes, " +
            (isOpen ? "beside the undercloud" : "and port security drops the undercloud's answers"),
          advice: "Set ovb:ctlplane.dhcpServer to undercloud, which works here, or to cloud.",
          fix: fromUndercloud,
        };
      if (!isOpen && !letsVmServeDhcp)
        return {
          isFatal: true,
          message:
            "port security drops a VM's DHCP answers here, so nothing could tell the nodes what to boot",
          advice: "Set ovb:ctlplane.dhcpServer to undercloud, which works here, or to cloud.",
          fix: fromUndercloud,
        };
      return undefined;
    case "undercloud":
      if (undercloud || isOpen || letsVmServeDhcp) return undefined;
      return {
        isFatal: false,
        message: `port security drops a VM's DHCP answers here, and the port of the server, ${ctlplane.server}, is not the lab's`,
        advice: "Switch port security off on that port.",
      };
    default:
      // Boot server and Ironic serve none then; with port security on nobody would hear the other.
      if (undercloud?.kind !== "custom" || !isOpen || hasDhcpDisabled) return undefined;
      return {
        isFatal: false,
        message: "the cloud's DHCP answers the nodes; where the undercloud does too, the first one wins",
        advice:
          "Leave DHCP to one: set ovb:ctlplane.dhcpServer to undercloud, or have the undercloud serve none.",
      };
  }
}
