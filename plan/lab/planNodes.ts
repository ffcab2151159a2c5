import { type Draft, nameOf, roleTags, serverZone } from "./draft";
import type { BootScript, NodePlan } from "./labPlan";
import { type NodeSeat, seats } from "./layout";
import type { CtlplanePlan } from "./networkPlan";
import { givenAddresses } from "./nodeDhcp";
import { writeNodeTags } from "./nodeTags";
import { ipmiOf } from "./planBmc";
import { ctlplanePort, extraPort } from "./planPorts";
import type { GroupConfig } from "./schema/configSchema";

/** In the order of the groups, then of the node's index. */
export function planNodes(draft: Draft, ctlplane: CtlplanePlan): NodePlan[] {
  return draft.config.nodes.flatMap((group, position) =>
    seats(draft.where.ctlplane, group, position).map((seat) => planNode(draft, ctlplane, group, seat)),
  );
}

function planNode(
  draft: Draft,
  ctlplane: CtlplanePlan,
  group: GroupConfig,
  { key, address, ...seat }: NodeSeat,
): NodePlan {
  const { config, where } = draft;
  const name = nameOf(draft, key);
  const bootScript = group.bootScripts[key] ?? group.bootScript ?? config.bootScript;
  const bootFile = `${ctlplane.bootUrl}/${bootScript}`;
  // Without a BMC VM `npx ovb bmc` answers, on one address.
  const ipmi: Ipmi = config.bmc.enabled
    ? ipmiOf(draft, { key, address, ...seat })
    : { port: config.bmc.firstPort + seat.slot };
  const boot = ctlplanePort(draft, {
    ...{ server: name, role: "node", address },
    pairs: [...group.vips, ...givenAddresses(config, where)],
    dhcpOptions: options(
      { ...bootOptions(bootFile, where.undercloud), ...routes(ctlplane) },
      group.dhcpOptions,
    ),
  });
  return {
    name,
    key,
    group: group.name,
    profile: group.profile,
    flavor: group.flavor,
    ...serverZone(draft, group.availabilityZone),
    image: group.image,
    // A node with one would show the host cloud's metadata to what is deployed on it.
    configDrive: false,
    mac: boot.mac!,
    address,
    bootScript,
    bootFile,
    ipmiAddress: ipmi.address,
    ipmiPort: ipmi.port,
    strategy: group.bootStrategy,
    ports: [boot, ...group.networks.map((network) => extraPort(draft, name, network, address))],
    tags: [...roleTags(draft, "node"), ...tagsOf(draft, group, bootScript, ipmi)],
  };
}

interface Ipmi {
  readonly address?: string;
  readonly port: number;
}

function tagsOf(
  { config, where }: Draft,
  { bootStrategy, rebuildForInspection }: GroupConfig,
  bootScript: BootScript,
  ipmi: Ipmi,
): string[] {
  const { disk } = config.images;
  const isUefi = disk.source !== "existing" && disk.firmware === "uefi";
  return writeNodeTags({
    ipmi: ipmi.address === where.bmc ? { port: ipmi.port } : ipmi,
    strategy: bootStrategy,
    firmware: isUefi ? "uefi" : "bios",
    bootScript,
    rebuildForInspection,
  });
}

/** The article's three options; with an iPXE that asks for DHCP option 67, the first is enough, the others tell PXE ROMs. */
function bootOptions(bootFile: string, undercloud: string): Record<string, string> {
  return {
    "bootfile-name": bootFile,
    "tftp-server": undercloud,
    "server-ip-address": undercloud,
  };
}

/**
 * The nodes' default route. With dnsmasq a port's list of routes takes the place of the subnet's, so it has the subnet's as
 * well; OVN appends it to them, where a route that is there twice does no harm. `router` is for firmware: iPXE and PXE
 * ROMs take no notice of option 121, and a client that does leaves `router` out (RFC 3442).
 */
function routes({ gateway, subnet }: CtlplanePlan): Record<string, string> {
  if (gateway === undefined) return {};
  const list = [...subnet.routes, { destination: "0.0.0.0/0", nextHop: gateway }];
  return {
    router: gateway,
    "classless-static-route": list.map(({ destination, nextHop }) => `${destination},${nextHop}`).join(","),
  };
}

/** DHCP's numbers of the planned options, which a user may write as well (RFC 2132, 3442; 255 is Neutron's for siaddr). */
const numbers: Readonly<Record<string, string>> = {
  router: "3",
  "tftp-server": "66",
  "bootfile-name": "67",
  "classless-static-route": "121",
  "server-ip-address": "255",
};

/** The user's win over the planned, by name and by number. */
function options(
  planned: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const kept = Object.entries(planned).filter(([name]) => !(numbers[name]! in given));
  return { ...Object.fromEntries(kept), ...given };
}
