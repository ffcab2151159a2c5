import { backendFindings } from "../../plan/lab/backendFindings";
import { dhcpSubject, undercloudMode } from "../../plan/lab/dhcpFindings";
import type { LabPlan } from "../../plan/lab/labPlan";
import { type NetworkBackend, networkBackends } from "../../plan/lab/networkBackend";
import type { DhcpServer } from "../../plan/lab/networkPlan";
import type { LabConfig } from "../../plan/lab/schema/configSchema";
import type { Setting } from "../../plan/lab/setting";
import { type Check, fail, ok, skip, warn } from "../../tenant/fit/check";

/** What the plan comes to on this backend. */
export function judgeBackend(
  plan: LabPlan,
  backend: NetworkBackend | undefined,
  config?: LabConfig, // whose keys settle what fails
): Check[] {
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
    ...findings.map(({ subject, isFatal, message, advice, fix = [], options = [] }) =>
      isFatal
        ? fail(subject, message, advice, [...fix, ...leftOut(config, options)])
        : warn(subject, message, advice),
    ),
  ];
}

function leftOut(config: LabConfig | undefined, options: readonly string[]): Setting[] {
  return (config?.nodes ?? []).flatMap(({ dhcpOptions }, i) =>
    options
      .filter((name) => name in dhcpOptions)
      .map((name) => ({ path: ["nodes", i, "dhcpOptions", name], value: undefined })),
  );
}

/**
 * OVN answers DHCP on a subnet without a gateway from its metadata port's address alone (ovn_client.py,
 * _get_ovn_dhcpv4_opts): a cloud that has no metadata service makes none, and no error.
 * @param servesDhcp whether a port of Neutron's own came to the trial's network
 */
export function judgeDhcpPort(
  { ctlplane }: LabPlan,
  backend: NetworkBackend | undefined,
  servesDhcp: boolean,
): Check[] {
  if (backend !== "ovn" || servesDhcp || !ctlplane.subnet.dhcp) return [];
  const message =
    "this OVN has no metadata service, and without it serves no DHCP on a subnet without a gateway, as the ctlplane's is";
  const advice = "Let the undercloud serve DHCP: ovb:ctlplane.dhcpServer undercloud.";
  const fix = [{ path: ["ctlplane", "dhcpServer"], value: "undercloud" }];
  return [fail("DHCP on the ctlplane", message, advice, fix)];
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
