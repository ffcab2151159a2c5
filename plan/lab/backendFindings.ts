import { dhcpFindings } from "./dhcpFindings";
import { optionFault } from "./dhcpOptions";
import type { LabPlan } from "./labPlan";
import { type BackendFinding, type NetworkBackend, networkBackends } from "./networkBackend";
import { dhcpDisabled } from "./nodeDhcp";
import { serversOf } from "./servers";

/** Everything of the plan that this backend treats otherwise than written. None: it holds as it is. */
export function backendFindings(plan: LabPlan, backend: NetworkBackend): BackendFinding[] {
  return [...lostOptions(plan, backend), ...dhcpFindings(plan, backend), ...metadataAnswer(plan, backend)];
}

function lostOptions(plan: LabPlan, backend: NetworkBackend): BackendFinding[] {
  const options = serversOf(plan).flatMap(({ ports }) => ports.flatMap((port) => port.dhcpOptions));
  const unique = [...new Map(options.map((one) => [`${one.name} ${one.value}`, one])).values()];
  const faults = unique.flatMap((option) => {
    // What comes of the planned one is said with the nodes' DHCP.
    if (plan.ctlplane.dhcpServer !== undefined && option.name === dhcpDisabled.name) return [];
    const fault = optionFault(backend, option);
    return fault ? [{ ...fault, name: option.name }] : [];
  });
  return [true, false].flatMap((isFatal): BackendFinding[] => {
    const some = faults.filter((fault) => fault.isFatal === isFatal);
    if (some.length === 0) return [];
    return [
      {
        subject: isFatal ? "DHCP options that break DHCP" : "DHCP options that get lost",
        isFatal,
        message: [...new Set(some.map(({ name, message }) => `${name} ${message}`))].join("; "),
        advice: "Change or leave them out in ovb:nodes[].dhcpOptions, or let the undercloud serve DHCP.",
        options: [...new Set(some.map(({ name }) => name))],
      },
    ];
  });
}

/** Who answers a node at 169.254.169.254. */
function metadataAnswer({ ctlplane }: LabPlan, backend: NetworkBackend): BackendFinding[] {
  const { subnet, server, dhcpServer } = ctlplane;
  if (dhcpServer !== undefined || !subnet.dhcp || subnet.routes.length === 0) return [];
  if (networkBackends[backend].metadataFrom === "undercloud") return [];
  return [
    {
      subject: "169.254.169.254",
      isFatal: false,
      message: `DHCP gives the cloud's own route first, so that most guests reach the cloud's metadata there and not ${server}`,
      advice:
        `Nodes reach the undercloud at ${server} whatever answers there; let the undercloud serve DHCP where the address ` +
        "itself is needed, or set ovb:ctlplane.metadataRoute to false.",
    },
  ];
}
