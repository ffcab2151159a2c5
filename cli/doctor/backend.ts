import { backendFindings } from "../../plan/lab/backendFindings";
import { dhcpSubject, undercloudMode } from "../../plan/lab/dhcpFindings";
import type { DhcpServer, LabPlan } from "../../plan/lab/labPlan";
import { type NetworkBackend, networkBackends } from "../../plan/lab/networkBackend";
import { type Check, fail, ok, skip, warn } from "../../tenant/fit/check";
import type { Tenant } from "../../tenant/fit/tenant";
import { backendOfExtensions, backendOfPorts } from "../../tenant/networkBackend";

/** What serves the tenant's networks, by the ports that are there, else by what Neutron says it can do. */
export async function backendOf(
  tenant: Pick<Tenant, "ports" | "extensions">,
): Promise<NetworkBackend | undefined> {
  return backendOfPorts(await tenant.ports()) ?? backendOfExtensions(await tenant.extensions());
}

/** What the plan comes to on this backend. */
export function judgeBackend(plan: LabPlan, backend: NetworkBackend | undefined): Check[] {
  const name = "Neutron's backend";
  if (backend === undefined) {
    const advice = "Run it without --no-probe; or look at docs/networking.md for what differs.";
    return [skip(name, "shows neither in this project's ports nor in Neutron's extensions", advice)];
  }
  const findings = backendFindings(plan, backend);
  const { label, letsVmServeDhcp } = networkBackends[backend];
  const dhcp = letsVmServeDhcp ? "pass with port security on" : "pass only with port security off";
  return [
    ok(name, `${label}; DHCP answers of a VM ${dhcp}`),
    ...(findings.some(({ subject }) => subject === dhcpSubject)
      ? []
      : [ok(dhcpSubject, dhcpModes(plan, backend))]),
    ...findings.map(({ subject, isFatal, message, advice }) =>
      (isFatal ? fail : warn)(subject, message, advice),
    ),
  ];
}

/** Who answers, and what else this backend would allow. */
function dhcpModes({ ctlplane }: LabPlan, backend: NetworkBackend): string {
  const best = undercloudMode(backend);
  const from = (server: DhcpServer) => `ovb:ctlplane.dhcpServer ${server}`;
  switch (ctlplane.dhcpServer) {
    case undefined:
      return `from the cloud, as planned; from the undercloud here: ${from(best)}`;
    case best:
      return `from the undercloud, as planned, in the mode to take here; from the cloud: ${from("cloud")}`;
    default:
      return `from the undercloud, as planned; ${from(best)} would do here with port security on`;
  }
}
