import { optionFault } from "./dhcpOptions";
import type { LabPlan } from "./labPlan";
import { type NetworkBackend, networkBackends } from "./networkBackend";
import { serversOf } from "./servers";

/** What of a plan does not hold, or not fully, on one backend. */
export interface BackendFinding {
  /** Unique among a plan's findings. */
  readonly subject: string;
  /** Whether nodes would not boot: the lab is not to be made there. */
  readonly isFatal: boolean;
  readonly message: string;
  /** What to change. */
  readonly advice: string;
}

/** Everything of the plan that this backend treats otherwise than written. None: it holds as it is. */
export function backendFindings(plan: LabPlan, backend: NetworkBackend): BackendFinding[] {
  return [...lostOptions(plan, backend), ...undercloudsDhcp(plan, backend), ...metadataAnswer(plan, backend)];
}

function lostOptions(plan: LabPlan, backend: NetworkBackend): BackendFinding[] {
  const options = serversOf(plan).flatMap(({ ports }) => ports.flatMap((port) => port.dhcpOptions));
  const unique = [...new Map(options.map((one) => [`${one.name} ${one.value}`, one])).values()];
  const faults = unique.flatMap((option) => {
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
      },
    ];
  });
}

/** A VM's DHCP answers, where the cloud's DHCP is off. */
function undercloudsDhcp({ ctlplane }: LabPlan, backend: NetworkBackend): BackendFinding[] {
  const { letsVmServeDhcp } = networkBackends[backend];
  if (ctlplane.subnet.dhcp || ctlplane.portSecurity === "disabled" || letsVmServeDhcp) return [];
  return [
    {
      subject: "DHCP from the undercloud",
      isFatal: true,
      message: "port security drops a VM's DHCP answers here, so nothing could tell the nodes what to boot",
      advice: "Set ovb:ctlplane.portSecurity to disabled, or ovb:ctlplane.dhcp to true.",
    },
  ];
}

/** Who answers a node at 169.254.169.254. */
function metadataAnswer({ ctlplane }: LabPlan, backend: NetworkBackend): BackendFinding[] {
  const { subnet, server } = ctlplane;
  if (!subnet.dhcp || subnet.routes.length === 0) return [];
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
