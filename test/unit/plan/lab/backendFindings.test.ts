import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../../plan/config/parseConfig";
import { backendFindings } from "../../../../plan/lab/backendFindings";
import type { NetworkBackend } from "../../../../plan/lab/networkBackend";
import { planLab } from "../../../../plan/lab/planLab";

const subjects = (raw: Record<string, unknown>, backend: NetworkBackend) =>
  backendFindings(planLab(parseConfig(raw, "qa")), backend).map(
    ({ subject, isFatal }) => `${subject}${isFatal ? "!" : ""}`,
  );

describe("what of a plan a backend treats otherwise", () => {
  it("of the defaults: on OVN the cloud's metadata answers at 169.254.169.254; with agents nothing", () => {
    expect(subjects({}, "ovn")).toEqual(["169.254.169.254"]);
    expect(subjects({}, "agents")).toEqual([]);
  });

  it("without the route there is nothing to say of the address", () => {
    expect(subjects({ ctlplane: { metadataRoute: false } }, "ovn")).toEqual([]);
  });

  it("options that break a port's DHCP, apart from those that get lost, each once", () => {
    const nodes = [
      { dhcpOptions: { "249": "198.51.100.0/24,192.0.2.1", "60": "PXEClient" } },
      { name: "other", dhcpOptions: { "60": "PXEClient" } },
    ];
    const findings = backendFindings(planLab(parseConfig({ nodes }, "qa")), "ovn");
    expect(findings.slice(0, 2)).toMatchObject([
      { isFatal: true, message: expect.stringMatching(/^249 "198\.51\.100\.0\/24,192\.0\.2\.1" takes/) },
      { isFatal: false, message: "60 is left out: OVN's DHCP server does not know it" },
    ]);
    expect(subjects({ nodes }, "agents")).toEqual([]);
  });
});
