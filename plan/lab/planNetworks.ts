import { type Draft, hasMetadataRoute, labTags, nameOf, neutronZones } from "./draft";
import { nth, parseCidr } from "./ipv4";
import { metadataAddress } from "./layout";
import type { AccessPlan, CtlplanePlan, ExtraNetworkPlan, RouterPlan } from "./networkPlan";
import { nodeDhcp } from "./nodeDhcp";

export function planCtlplane(draft: Draft): CtlplanePlan {
  const { config, where } = draft;
  const { ctlplane, undercloud } = config;
  const { server, onSubnet } = nodeDhcp(config);
  return {
    name: nameOf(draft, "ctlplane"),
    mtu: ctlplane.mtu,
    portSecurity: ctlplane.portSecurity,
    ...neutronZones(draft, "networks"),
    bootUrl: `http://${where.undercloud}:${undercloud.bootPort}`,
    server: where.undercloud,
    ...((onSubnet || ctlplane.routed) && { gateway: where.gateway }),
    ...(server !== "cloud" && { dhcpServer: server }),
    ...((undercloud.kind === "custom" || undercloud.kind === "none") && {
      ranges: { dhcp: where.dhcpRange, inspection: where.inspectionRange },
    }),
    subnet: {
      name: nameOf(draft, "ctlplane"),
      cidr: ctlplane.cidr,
      dhcp: onSubnet,
      dns: ctlplane.dns,
      pool: where.pool,
      // Without the cloud's DHCP only config drives would carry it: to the undercloud, a route to its own address.
      routes:
        onSubnet && hasMetadataRoute(draft)
          ? [{ destination: `${metadataAddress}/32`, nextHop: where.undercloud }]
          : [],
    },
  };
}

export function planAccess(draft: Draft): AccessPlan {
  const { access } = draft.config;
  if (access.network) return { kind: "existing", name: access.network };
  const cidr = parseCidr(access.cidr)!;
  const name = nameOf(draft, "access");
  return {
    kind: "create",
    name,
    portSecurity: access.portSecurity,
    ...neutronZones(draft, "networks"),
    subnet: { name, cidr: access.cidr, gateway: nth(cidr, 1), dhcp: true, dns: access.dns, routes: [] },
  };
}

export function planRouter(draft: Draft): RouterPlan | undefined {
  const { access, ctlplane } = draft.config;
  const interfaces: ("access" | "ctlplane")[] = [];
  if (!access.network) interfaces.push("access");
  if (ctlplane.routed) interfaces.push("ctlplane");
  if (interfaces.length === 0) return undefined;
  const port = ctlplane.routed && {
    ctlplanePort: {
      name: nameOf(draft, "router", "ctlplane"),
      address: draft.where.gateway,
      tags: labTags(draft),
    },
  };
  return access.router
    ? { kind: "existing", name: access.router, interfaces, ...port }
    : {
        kind: "create",
        name: nameOf(draft, "router"),
        interfaces,
        ...port,
        ...neutronZones(draft, "routers"),
      };
}

/** Sorted by name. */
export function planExtraNetworks(draft: Draft): ExtraNetworkPlan[] {
  const plans = draft.config.networks.map(
    ({ name: key, network, cidr, mtu, dhcp, portSecurity }): ExtraNetworkPlan => {
      if (network) return { kind: "existing", key, name: network };
      const name = nameOf(draft, key);
      const subnet = { name, cidr, dhcp, dns: [], routes: [] };
      return { kind: "create", key, name, mtu, portSecurity, ...neutronZones(draft, "networks"), subnet };
    },
  );
  return plans.sort((a, b) => (a.key < b.key ? -1 : 1));
}
