import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../../plan/config/parseConfig";
import { backendFindings } from "../../../../plan/lab/backendFindings";
import { dhcpSubject, undercloudMode } from "../../../../plan/lab/dhcpFindings";
import type { NetworkBackend } from "../../../../plan/lab/networkBackend";
import { planLab } from "../../../../plan/lab/planLab";

const noCloudDhcp = { dhcp: false };
const elsewhere = { kind: "none", address: "192.0.2.240" };

/** What is said of the nodes' DHCP, with "!" where nodes would not boot; "" where it holds. */
function said(ctlplane: object, backend: NetworkBackend, undercloud: object = { kind: "custom" }): string {
  const plan = planLab(parseConfig({ lab: "dev", ctlplane, undercloud }, "dev"));
  const findings = backendFindings(plan, backend).filter(({ subject }) => subject === dhcpSubject);
  expect(backendFindings(plan, backend).map(({ subject }) => subject)).not.toContain(
    "DHCP options that get lost",
  );
  return findings.map(({ isFatal, message }) => `${isFatal ? "!" : ""}${message}`).join();
}

describe("the nodes' DHCP", () => {
  test.each([
    ["the cloud's", {}],
    ["the undercloud's, on any backend", { dhcpServer: "undercloud" }],
    ["the undercloud's, by today's keys", { ...noCloudDhcp, portSecurity: "disabled" }],
    [
      "the undercloud's, without port security",
      { ...noCloudDhcp, dhcpServer: "undercloud-ovn", portSecurity: "disabled" },
    ],
  ])("%s holds on both", (_, ctlplane) => {
    for (const backend of ["ovn", "agents"] as const) expect(said(ctlplane, backend)).toBe("");
  });

  test.each([
    ["beside the cloud's", {}, /^!.*ignores dhcp_disabled .*drops the undercloud's answers$/],
    ["without the cloud's", noCloudDhcp, /^!port security drops a VM's DHCP answers here/],
    [
      "without port security",
      { portSecurity: "disabled" },
      /^!.*ignores dhcp_disabled .*beside the undercloud$/,
    ],
  ])("the undercloud's on OVN, %s, holds there alone", (_, more, words) => {
    const ctlplane = { dhcpServer: "undercloud-ovn", ...more };
    expect(said(ctlplane, "ovn")).toBe("");
    expect(said(ctlplane, "agents")).toMatch(words);
  });

  test("of an undercloud elsewhere takes its port, which is not the lab's", () => {
    const ctlplane = { dhcpServer: "undercloud" };
    expect(said(ctlplane, "ovn", elsewhere)).toBe("");
    expect(said(ctlplane, "agents", elsewhere)).toMatch(
      /^port security .* 192\.0\.2\.240, is not the lab's$/,
    );
  });

  test("of both is a race where nothing keeps them apart", () => {
    expect(said({ portSecurity: "disabled" }, "agents")).toMatch(/first one wins$/);
    expect(said({ portSecurity: "disabled" }, "agents", { kind: "ironic" })).toBe("");
    expect(said({ portSecurity: "disabled" }, "ovn")).toBe("");
  });

  test("of the undercloud keeps port security where that can be", () => {
    expect(undercloudMode("ovn")).toBe("undercloud-ovn");
    expect(undercloudMode("agents")).toBe("undercloud");
  });
});
