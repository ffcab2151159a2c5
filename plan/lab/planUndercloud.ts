import { type Draft, hasMetadataRoute, nameOf, roleTags } from "./draft";
import { nth } from "./ipv4";
import type { BootServerPlan, CtlplanePlan, IronicPlan, UndercloudPlan } from "./labPlan";
import { metadataAddress } from "./layout";
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
    ...(kind === "ironic" && { ironic: planIronic(draft) }),
    ...(kind === "boot-server" && { bootServer: planBootServer(draft, ctlplane) }),
    ...(kind === "custom" && {
      custom: { userData: undercloud.userData, vips: vips.filter((vip) => !vip.includes("/")) },
    }),
    tags: roleTags(draft, "undercloud"),
  };
}

function planIronic({ config }: Draft): IronicPlan {
  const { password, ...ironic } = config.undercloud.ironic;
  const passwordFrom = password === undefined ? "lab" : "user";
  return { ...ironic, passwordFrom, tlsPort: ironicTlsPort, bootPort: config.undercloud.bootPort };
}

function planBootServer(draft: Draft, { bootUrl }: CtlplanePlan): BootServerPlan {
  const { config, where } = draft;
  return {
    port: config.undercloud.bootPort,
    metadata: hasMetadataRoute(draft),
    ...(!config.ctlplane.dhcp && {
      dhcp: {
        firstMac: ctlplaneMac(draft, nth(where.ctlplane, 0)),
        bootFile: `${bootUrl}/${config.bootScript}`,
      },
    }),
  };
}
