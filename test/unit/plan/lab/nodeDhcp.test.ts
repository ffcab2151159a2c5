import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../../plan/config/parseConfig";
import { compressedUserData, mostUserDataCharacters } from "../../../../plan/guest/compressed";
import { dnsmasqInstallPath } from "../../../../plan/guest/dnsmasq/dnsmasq";
import { undercloudUserData } from "../../../../plan/guest/undercloudUserData";
import { cidrsOf } from "../../../../plan/lab/ipv4";
import type { LabPlan, PortPlan, ServerPlan } from "../../../../plan/lab/labPlan";
import { planLab } from "../../../../plan/lab/planLab";

const plan = (ctlplane: object, more: object = {}): LabPlan =>
  planLab(parseConfig({ lab: "dev", ctlplane, ...more }, "dev"));
const kinds = ["ironic", "boot-server", "custom"] as const;

/** What of a ctlplane port has to do with who serves DHCP. */
function wire(server: ServerPlan | undefined): Partial<PortPlan> {
  const { allowedAddressPairs, dhcpOptions, portSecurity, securityGroup } = server!.ports.find(
    ({ network }) => network === "ctlplane",
  )!;
  return { allowedAddressPairs, dhcpOptions, portSecurity, securityGroup };
}
const onLink = [{ name: "classless-static-route", value: "192.0.2.0/24,0.0.0.0" }];

describe("the nodes' DHCP", () => {
  test("is the cloud's, unless it is said otherwise", () => {
    for (const lab of [plan({}), plan({ dhcpServer: "cloud" }), plan({ dhcp: true })]) {
      expect(lab.ctlplane).not.toHaveProperty("dhcpServer");
      expect(lab).toEqual(plan({}));
      expect(lab.undercloud!.ironic).not.toHaveProperty("dhcp");
      expect(lab.nodes[0]!.ports[0]!.dhcpOptions.map(({ name }) => name)).toEqual([
        ...["bootfile-name", "tftp-server", "server-ip-address", "router", "classless-static-route"],
      ]);
    }
  });

  test("of one's own: a VIP that is a CIDR of the ranges already counts once among a port's address pairs", () => {
    const undercloud = {
      kind: "custom",
      dhcpRange: { start: "192.0.2.9", end: "192.0.2.29" },
      inspectionRange: { start: "192.0.2.201", end: "192.0.2.209" },
    };
    const lab = plan({ dhcpServer: "undercloud-ovn" }, { undercloud, nodes: [{ vips: ["192.0.2.9"] }] });
    expect(wire(lab.nodes[0]).allowedAddressPairs).toHaveLength(10);
  });

  test("on OVN is the undercloud's with port security on, and the cloud keeps that of the undercloud and the BMC", () => {
    const lab = plan({ dhcpServer: "undercloud-ovn" });
    expect(lab.ctlplane).toMatchObject({ dhcpServer: "undercloud-ovn", portSecurity: "unset" });
    expect(lab.ctlplane.subnet.dhcp).toBe(true);
    const secure = { portSecurity: "unset", securityGroup: "ctlplane" };
    expect(wire(lab.undercloud)).toMatchObject({ ...secure, dhcpOptions: onLink });
    expect(wire(lab.bmc)).toMatchObject({ ...secure, dhcpOptions: onLink });
    for (const node of lab.nodes)
      expect(wire(node)).toEqual({
        ...secure,
        allowedAddressPairs: [],
        dhcpOptions: [{ name: "dhcp_disabled", value: "true" }],
      });
  });

  test("on any backend is the undercloud's without DHCP on the subnet or port security on its own port alone", () => {
    const rack = { dhcpServer: "undercloud" };
    for (const lab of [plan(rack), plan({ dhcp: false })]) {
      expect(lab.ctlplane).toMatchObject({ dhcpServer: "undercloud", portSecurity: "unset" });
      expect(lab.ctlplane.subnet).toMatchObject({ dhcp: false, routes: [] });
      expect(wire(lab.undercloud)).toEqual({
        ...{ portSecurity: "disabled", securityGroup: undefined },
        ...{ allowedAddressPairs: [], dhcpOptions: [] },
      });
      for (const one of [lab.bmc, ...lab.nodes])
        expect(wire(one)).toMatchObject({
          ...{ portSecurity: "unset", securityGroup: "ctlplane", dhcpOptions: [] },
        });
    }
    expect(plan({ ...rack, portSecurity: "disabled" }).securityGroups.map(({ key }) => key)).toEqual([
      "access",
    ]);
  });

  test("on OVN needs no DHCP of the cloud's at all", () => {
    const lab = plan({ dhcpServer: "undercloud-ovn", dhcp: false });
    expect(lab.ctlplane.subnet.dhcp).toBe(false);
    expect(wire(lab.undercloud)).toMatchObject({ portSecurity: "unset", securityGroup: "ctlplane" });
    expect(wire(lab.nodes[0])).toMatchObject({ portSecurity: "unset", dhcpOptions: [] });
  });

  test("from a boot server has the router's address where there is one", () => {
    const undercloud = { kind: "boot-server" };
    const of = (ctlplane: object) => plan(ctlplane, { undercloud }).undercloud!.bootServer!.dhcp;
    expect(of({ dhcpServer: "undercloud-ovn" })).toMatchObject({ gateway: "192.0.2.1" });
    expect(of({ dhcp: false, routed: false })).not.toHaveProperty("gateway");
  });

  test("keeps its undercloud when nodes come or go", () => {
    const ctlplane = { dhcpServer: "undercloud-ovn" };
    for (const kind of kinds) {
      const undercloud = { kind };
      const few = plan(ctlplane, { undercloud });
      const many = plan(ctlplane, { undercloud, nodes: [{ count: 7 }, { name: "more" }] });
      expect(many.undercloud).toEqual(few.undercloud);
      expect(undercloudUserData(many)).toBe(undercloudUserData(few));
    }
  });

  test("from Ironic's undercloud leaves room in its user data", () => {
    const lab = plan({ dhcpServer: "undercloud-ovn" });
    const text = undercloudUserData(lab)!;
    expect(text).toContain(dnsmasqInstallPath);
    expect(text).toContain("ovb-metadata-address.service");
    expect(compressedUserData(text).length).toBeLessThan(mostUserDataCharacters / 2);
  });

  test("from one's own undercloud gives what its ranges say, which the nodes may hold", () => {
    const undercloud = { kind: "custom", vips: ["192.0.2.220"] };
    const nodes = [{ vips: ["192.0.2.221"] }];
    const ranges = ["192.0.2.10/31", "192.0.2.12/30", "192.0.2.16/29", "192.0.2.24/30", "192.0.2.28/31"];
    const inspection = ["192.0.2.200/29", "192.0.2.208/29", "192.0.2.216/30"];
    const lab = plan({ dhcpServer: "undercloud-ovn" }, { undercloud, nodes });
    const pairs = wire(lab.nodes[0]).allowedAddressPairs!;
    expect(pairs.slice(1)).toEqual([...ranges, ...inspection]);
    expect(wire(lab.bmc).allowedAddressPairs).toEqual([]);
    // Nothing to make an exception from, and with the cloud's DHCP none is to be made.
    const open = { dhcpServer: "undercloud", portSecurity: "disabled" };
    expect(wire(plan(open, { undercloud }).nodes[0]).allowedAddressPairs).toEqual([]);
    expect(wire(plan({}, { undercloud }).nodes[0]).allowedAddressPairs).toEqual([]);
  });
});

test("a range is the fewest CIDRs that hold it and no more", () => {
  expect(cidrsOf({ start: "10.0.0.1", end: "10.0.0.1" })).toEqual(["10.0.0.1/32"]);
  expect(cidrsOf({ start: "192.0.2.16", end: "192.0.2.31" })).toEqual(["192.0.2.16/28"]);
  expect(cidrsOf({ start: "192.0.2.255", end: "192.0.3.2" })).toEqual([
    ...["192.0.2.255/32", "192.0.3.0/31", "192.0.3.2/32"],
  ]);
  expect(cidrsOf({ start: "192.0.2.3", end: "192.0.2.2" })).toEqual([]);
});
