import { isHost, toCidr } from "../lab/ipv4";
import type { Layout } from "../lab/layout";
import { mostAddressPairs } from "../lab/neutronLimits";
import { givenAddresses, nodeDhcp } from "../lab/nodeDhcp";
import type { LabConfig } from "../lab/schema/configSchema";
import type { Note } from "./problem";

/** Checks who answers the nodes' DHCP, and what that takes of the rest of the lab. */
export function checkNodeDhcp(config: LabConfig, where: Layout, note: Note): void {
  const { dhcp, dhcpServer } = config.ctlplane;
  const { server } = nodeDhcp(config);
  if (dhcpServer === "cloud" && dhcp === false)
    note(
      ["ctlplane", "dhcp"],
      "is false, and ovb:ctlplane.dhcpServer is cloud: nobody would answer the nodes; leave one of them out",
    );
  if (dhcpServer === "undercloud" && dhcp === true)
    note(
      ["ctlplane", "dhcp"],
      "is true, and ovb:ctlplane.dhcpServer is undercloud: both would answer the nodes, and the first one wins; leave it " +
        "out, or on OVN set dhcpServer to undercloud-ovn, which keeps the cloud's DHCP from the nodes' ports",
    );
  if (server === "cloud") return;
  checkServer(config, where, note);
  checkGivenAddresses(config, where, note);
  checkOneForAll(config, note);
}

function checkServer({ undercloud, ctlplane }: LabConfig, where: Layout, note: Note): void {
  if (ctlplane.dhcpServer === undefined || undercloud.kind !== "none") return;
  if (undercloud.address && !isHost(where.ctlplane, undercloud.address))
    note(
      ["undercloud", "address"],
      `is not on ovb:ctlplane.cidr ${ctlplane.cidr}, and DHCP crosses no router: nobody would answer the nodes; choose an ` +
        "address there, or set ovb:ctlplane.dhcpServer to cloud",
    );
}

/** Each node's port has address pairs for what an undercloud of the user's own may give. */
function checkGivenAddresses(config: LabConfig, where: Layout, note: Note): void {
  if (config.ctlplane.portSecurity === "disabled") return;
  const given = givenAddresses(config, where);
  const most = Math.max(...config.nodes.map(({ vips }) => new Set([...vips, ...given].map(toCidr)).size));
  if (given.length > 0 && most > mostAddressPairs)
    note(
      ["undercloud", "dhcpRange"],
      `makes with inspectionRange and the nodes' VIPs ${most} address pairs on a port, more than Neutron's ` +
        `${mostAddressPairs}; let the ranges be whole CIDRs, such as 192.0.2.16 to 192.0.2.31`,
    );
}

/** What a node alone can be told by the cloud's DHCP, and not by the undercloud's. */
function checkOneForAll({ ctlplane, undercloud, nodes, bootScript }: LabConfig, note: Note): void {
  const isOurs = undercloud.kind === "ironic" || undercloud.kind === "boot-server";
  const same =
    "differs per node only where the cloud's DHCP serves; the undercloud's tells all nodes the same: take it out, or set " +
    "ovb:ctlplane.dhcpServer to cloud";
  nodes.forEach((group, i) => {
    if (isOurs && group.bootScript && group.bootScript !== bootScript) note(["nodes", i, "bootScript"], same);
    if (isOurs && Object.values(group.bootScripts).some((script) => script !== bootScript))
      note(["nodes", i, "bootScripts"], same);
    // Of one's own undercloud what only `dhcp` says was always taken, and did nothing.
    if ((isOurs || ctlplane.dhcpServer !== undefined) && Object.keys(group.dhcpOptions).length > 0)
      note(["nodes", i, "dhcpOptions"], same);
  });
}
