import { type Draft, hasMetadataRoute, nameOf, roleTags, serverZone } from "./draft";
import { nth } from "./ipv4";
import type { BootServerPlan, DhcpPlan, IronicPlan, UndercloudPlan } from "./labPlan";
import { metadataAddress } from "./layout";
import type { CtlplanePlan } from "./networkPlan";
import { accessPort, ctlplaneMac, ctlplanePort, onLinkOnly } from "./planPorts";

/** TripleO's public port of Ironic's API. */
export const ironicTlsPort = 13385;

/** Where the configuration names none. Ironic takes 140 MB, its image and what it deploys 3 GB. */
const defaults = {
  ironic: { image: "ovb-undercloud", flavor: "undercloud" },
  plain: { image: "debian-13", flavor: "m1.small" },
};

/** Undefined for one elsewhere. Nothing of it but its NICs may depend on which nodes there are: a change replaces the VM. */
export function planUndercloud(draft: Draft, ctlplane: CtlplanePlan): UndercloudPlan | undefined {
  const { undercloud, authorizedKeys } = draft.config;
  const { kind, vips } = undercloud;
  if (kind === "none") return undefined;
  const name = nameOf(draft, "undercloud");
  const usual = defaults[kind === "ironic" ? "ironic" : "plain"];
  const address = draft.where.undercloud;
  const pairs = [...vips, ...(hasMetadataRoute(draft) ? [`${metadataAddress}/32`] : [])];
  const dhcpOptions = onLinkOnly(draft);
  return {
    name,
    kind,
    flavor: undercloud.flavor ?? usual.flavor,
    ...serverZone(draft, undercloud.availabilityZone),
    image: undercloud.image ?? usual.image,
    // It must not ask the network for its metadata: on the ctlplane that address is its own.
    configDrive: true,
    address,
    floatingIp: undercloud.floatingIp,
    authorizedKeys,
    ports: [
      accessPort(draft, name, "undercloud"),
      ctlplanePort(draft, { server: name, role: "undercloud", address, pairs, dhcpOptions }),
    ],
    ...(kind === "ironic" && { ironic: planIronic(draft, ctlplane) }),
    ...(kind === "boot-server" && { bootServer: planBootServer(draft, ctlplane) }),
    ...(kind === "custom" && {
      custom: { userData: undercloud.userData, vips: vips.filter((vip) => !vip.includes("/")) },
    }),
    tags: roleTags(draft, "undercloud"),
  };
}

function planIronic(draft: Draft, ctlplane: CtlplanePlan): IronicPlan {
  const { config, where } = draft;
  const { password, ...ironic } = config.undercloud.ironic;
  const passwordFrom = password === undefined ? "lab" : "user";
  const dhcp = planDhcp(draft, ctlplane);
  return {
    ...{ ...ironic, passwordFrom, tlsPort: ironicTlsPort, bootPort: config.undercloud.bootPort },
    ...(dhcp && {
      dhcp: { ...dhcp, others: [where.undercloud, where.bmc], metadata: hasMetadataRoute(draft) },
    }),
  };
}

function planBootServer(draft: Draft, ctlplane: CtlplanePlan): BootServerPlan {
  const dhcp = planDhcp(draft, ctlplane);
  return {
    port: draft.config.undercloud.bootPort,
    metadata: hasMetadataRoute(draft),
    ...(dhcp && { dhcp }),
  };
}

/** Undefined where the cloud's DHCP serves the nodes. */
function planDhcp(draft: Draft, { bootUrl, dhcpServer, gateway }: CtlplanePlan): DhcpPlan | undefined {
  if (dhcpServer === undefined) return undefined;
  return {
    firstMac: ctlplaneMac(draft, nth(draft.where.ctlplane, 0)),
    bootFile: `${bootUrl}/${draft.config.bootScript}`,
    ...(gateway && { gateway }),
  };
}
